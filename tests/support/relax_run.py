"""Relax scripts run by both executors: compiled once for any number of calls, and interpreted."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from cpu_backend.machine import Machine
from relax_core.interpret import evaluate
from relax_core.lower import lower
from relax_core.text.reader import read

HEADER = "from tvm.script import ir as I\nfrom tvm.script import tir as T\nfrom tvm.script import relax as R\n\n"


def module(body: str) -> Any:
    """The module whose class body this is."""
    text = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    return read(f"{HEADER}@I.ir_module\nclass Module:\n{text}\n", release="0.27")


def executors(body: str, entry: str = "main") -> list[Callable[..., Any]]:
    """The compiled program, and the interpreter, as functions of the arguments."""
    made = module(body)
    machine = Machine(lower(made, entry))
    return [lambda *args: machine.run(args, entry), lambda *args: evaluate(made, args, entry)]


def check(body: str, *cases: tuple[tuple[Any, ...], Any], entry: str = "main") -> None:
    """Both executors answer what each case (arguments, result) says, one compilation for all cases."""
    for run in executors(body, entry):
        for args, expected in cases:
            same(run(*args), expected)


def same(value: Any, expected: Any) -> None:
    """The value is the expected one: of the same structure, element type and shape, and close."""
    if isinstance(expected, tuple):
        assert isinstance(value, tuple)
        assert len(value) == len(expected)
        for item, other in zip(value, expected, strict=True):
            same(item, other)
    elif isinstance(expected, np.ndarray):
        assert value.dtype == expected.dtype
        assert value.shape == expected.shape
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    else:
        assert value == expected
        assert type(value) is type(expected)


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, "float32")


def numbers(*shape: int) -> np.ndarray:
    """0, 1, 2, ... in this shape."""
    return np.arange(np.prod(shape), dtype="float32").reshape(shape)
