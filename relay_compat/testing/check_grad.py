"""Gradients judged by finite differences (tvm.relay.testing.check_grad in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from relay_compat.build_module import create_executor
from relay_compat.ir.expr import Function
from relay_compat.ir.types import TensorType
from relay_compat.passes.gradient import gradient
from relay_compat.testing.arrays import randn_from_type
from relay_compat.testing.run_pass import run_infer_type
from tensor_core.device import cpu

Array = np.ndarray
_TARGETS = (("llvm", cpu()),)


def check_grad(
    func: Function,
    inputs: Sequence[Array] | None = None,
    test_inputs: Sequence[Array] | None = None,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    scale: float | None = None,
    mean: float = 0,
    mode: str = "higher_order",
    target_devices: Sequence[tuple[Any, Any]] | None = None,
    executor_kind: str = "debug",
) -> None:
    """AssertionError when the gradient of a function differs from two-sided differences with step ``eps``.

    ``inputs``: the arguments, by default normally distributed around ``mean`` with deviation ``scale`` (10 * eps).
    ``test_inputs``: those of them, the same objects, in which the gradient is compared; by default all.
    """
    forward = cast(Function, run_infer_type(func))
    backward = run_infer_type(gradient(forward, mode=mode))
    if inputs is None:
        deviation = 10 * eps if scale is None else scale
        types = [cast(TensorType, param.checked_type) for param in forward.params]
        inputs = [randn_from_type(type_, deviation, mean) for type_ in types]
    chosen = [place for place, arg in enumerate(inputs) if test_inputs is None or any(arg is t for t in test_inputs)]
    if not chosen:
        raise ValueError("there is no input to compare the gradient in")
    for target, device in target_devices or _TARGETS:
        executor = create_executor(executor_kind, device=device, target=target)
        _, found = executor.evaluate(backward)(*inputs)
        run = executor.evaluate(forward)
        for place in chosen:
            expected = _differences(run, inputs, place, eps)
            np.testing.assert_allclose(np.asarray(found[place], np.float64), expected, atol=atol, rtol=rtol)


def _differences(run: Callable[..., Any], inputs: Sequence[Array], place: int, eps: float) -> Array:
    args = list(inputs)
    result = np.zeros(inputs[place].shape)
    for index in np.ndindex(*result.shape):
        ends: list[Array] = []
        for step in (eps, -eps):
            args[place] = inputs[place].copy()
            args[place][index] += step
            ends.append(np.asarray(run(*args), np.float64))
        result[index] = np.sum((ends[0] - ends[1]) / (2 * eps))
    return result
