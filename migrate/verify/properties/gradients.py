"""Gradients of programs against differences of their values, in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from migrate.execution import interpret
from migrate.values import Array, Value, leaves
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.structure import FINE, failed, refused
from migrate.verify.verdict import Outcome
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Function, GlobalVar
from relay_compat.ir.module import IRModule as RelayModule
from relay_compat.passes.gradient import gradient as differentiate
from relay_compat.passes.to_a_normal_form import ToANormalForm
from relay_compat.types.infer import infer_types
from relay_compat.visit import reachable
from tensor_core import codes, dtypes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.types import TensorType

Differentiate = Callable[[IRModule], IRModule]
"""A module whose ``main`` gives a tensor, to one whose ``main`` gives (the value, (a gradient for each parameter))."""

STEP = 2.0**-13
"""Parameters are multiples of 2**-10 and steps powers of two, so that float32 holds the points to the bit."""
_KINK = 1e-3
_SAMPLES = 4
_NEARER = 4.0
_LARGEST = 1e12
_GRID = 2.0**-10
_SMALL = ("float16", "bfloat16")


def higher_order(module: IRModule) -> IRModule:
    """The gradient of ``main`` by reverse-mode differentiation of whole programs."""
    bound: Any = infer_types(ToANormalForm()(module))
    result: Any = bound.copy()
    result[GlobalVar("main")] = differentiate(bound["main"], result)
    return infer_types(result)


def first_order(module: IRModule) -> IRModule:
    """The gradient of ``main`` by the mode for straight-line programs."""
    made = differentiate(module["main"], mode="first_order")  # pyright: ignore[reportArgumentType]
    return infer_types(RelayModule.from_expr(made))


def gradient(name: str = "gradient", make: Differentiate = higher_order) -> Property:
    """Along a random direction of the float parameters, the gradient says how much the sum of the result changes.

    Parameters are moved off the small integers that programs are drawn with, where many functions have kinks; where
    differences to both sides disagree the sample decides nothing, and another one is taken nearer to zero, where less
    grows beyond all bounds, four at most. Programs that have no gradient, or a result that is no float tensor, pass
    unchanged.
    """

    def check(program: Program) -> Check:
        if not _is_differentiable(program):
            return Check(Outcome.EXACT, changed=False)
        try:
            made = make(program.module)
        except DiagnosticError as error:
            if error.diagnostics[0].code is codes.NO_GRADIENT:
                return Check(Outcome.EXACT, changed=False)
            return refused(name, error)
        for number in range(_SAMPLES):
            try:
                slope, right, left, scale = _slopes(made, program, number)
            except DiagnosticError as error:
                return refused(name, error)
            if not np.isfinite([slope, right, left]).all() or scale > _LARGEST or abs(right - left) > _KINK * scale:
                continue
            if abs(slope - (right + left) / 2) > 4 * _KINK * scale:
                return failed(f"{name}: wrong", f"the slope is {(right + left) / 2}, the gradient says {slope}")
            return Check(Outcome.WITHIN_BOUND)
        return Check(Outcome.INCONCLUSIVE, f"{name}: no derivative to compare with", f"{name}: kink")

    return Property(name, check)


def _slopes(made: IRModule, program: Program, number: int) -> tuple[float, float, float, float]:
    """Along a direction at a point, both drawn: the slope as the gradient says, as a step ahead and a step back say,
    and what they are to be compared with.
    """
    args, direction = _point(program.args, number)
    values: Any = interpret(made, args, floats="float64")
    adjoints = leaves(values[1])
    slope = float(sum(_dot(a, b) for a, b in zip(adjoints, direction, strict=True) if b is not None))
    middle, ahead, behind = (_value(program.module, args, direction, h) for h in (0.0, STEP, -STEP))
    right, left = (ahead - middle) / STEP, (middle - behind) / STEP
    return slope, right, left, max(1.0, abs(right), abs(left), abs(middle))


def _is_differentiable(program: Program) -> bool:
    function = program.module["main"]
    assert isinstance(function, Function)
    type_: Any = getattr(function.body, "checked", None)
    types = [param.checked_type for param in function.params]
    tensors = all(isinstance(item, TensorType) and item.dtype not in _SMALL for item in types)
    nodes = reachable(*(f for f in program.module.functions.values() if isinstance(f, Function)))
    return (
        tensors
        and not any(map(_is_about_another, nodes))
        and isinstance(type_, TensorType)
        and type_.dtype in ("float32", "float64")
    )


def _is_about_another(node: Any) -> bool:
    """Whether a call is a variance about anything else than the mean: TVM takes that for the mean of the data."""
    if not isinstance(node, Call) or getattr(node.op, "name", "") != "variance":
        return False
    data, mean = node.args
    return not (isinstance(mean, Call) and getattr(mean.op, "name", "") == "mean" and mean.args[0] is data)


def _point(args: Sequence[Value], number: int) -> tuple[list[Array], list[Array | None]]:
    rng = np.random.default_rng(7 + number)
    point: list[Array] = []
    direction: list[Array | None] = []
    for arg in args:
        array: Array = np.asarray(arg)
        if not dtypes.is_float(dtypes.from_numpy(array.dtype)):
            point.append(array)
            direction.append(None)
            continue
        point.append(_off_the_integers(array / _NEARER**number, rng).astype(array.dtype))
        direction.append(rng.choice((-1.0, 1.0, 0.5), array.shape).astype(array.dtype))
    return point, direction


def _off_the_integers(array: Any, rng: Any) -> Array:
    places = np.rint(array / _GRID) + rng.integers(16, 48, array.shape)
    return places * _GRID


def _value(module: IRModule, args: Sequence[Array], direction: Sequence[Array | None], step: float) -> float:
    moved = [
        arg if way is None else (arg + arg.dtype.type(step) * way).astype(arg.dtype)
        for arg, way in zip(args, direction, strict=True)
    ]
    return float(sum(np.sum(leaf, dtype=np.float64) for leaf in leaves(interpret(module, moved, floats="float64"))))


def _dot(a: Array, b: Array) -> float:
    return float(np.sum(a.astype(np.float64) * b))


def linear(make: Differentiate = higher_order) -> Property:
    """The gradient of twice a program is twice its gradient, and that of the program added to itself is the same: to
    the bit, as only powers of two are multiplied with.
    """
    name = "linear gradient"

    def check(program: Program) -> Check:
        if not _is_differentiable(program):
            return Check(Outcome.EXACT, changed=False)
        try:
            once = _adjoints(make(program.module), program)
            others = [_adjoints(make(_with_result(program.module, change)), program) for change in (_twice, _times_two)]
        except DiagnosticError as error:
            if error.diagnostics[0].code is codes.NO_GRADIENT:
                return Check(Outcome.EXACT, changed=False)
            return refused(name, error)
        for other in others:
            for a, b in zip(once, other, strict=True):
                finite = np.isfinite(a) & np.isfinite(b) & (np.abs(a) > 1e-30)
                if not np.array_equal((2 * a)[finite], b[finite]):
                    return failed(f"{name}: wrong", f"twice {a.tolist()} is not {b.tolist()}")
        return FINE

    return Property(name, check)


def _twice(value: Any, build: RelayFragment) -> Any:
    return build.call("add", value, value)


def _times_two(value: Any, build: RelayFragment) -> Any:
    return build.call("multiply", value, build.constant(2, build.tensor_type(value).dtype))


def _adjoints(module: IRModule, program: Program) -> list[Array]:
    values: Any = interpret(module, program.args)
    return [leaf for leaf in leaves(values[1]) if dtypes.is_float(dtypes.from_numpy(leaf.dtype))]


def _with_result(module: IRModule, change: Callable[[Any, RelayFragment], Any]) -> IRModule:
    function = module["main"]
    assert isinstance(function, Function)
    result: Any = module.copy()
    changed = function.replace(body=change(function.body, RelayFragment()), ret_type=None)
    result.functions[module.get_global_var("main")] = changed
    return infer_types(result)
