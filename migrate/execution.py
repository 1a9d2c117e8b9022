"""Run a module of either IR: on the compiled backend, or by its IR's numpy interpreter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np

import relax_core.interpret
import relax_core.ir.expr as relax
import relax_core.lower
import relay_compat.interpret
import relay_compat.ir.expr as relay
import relay_compat.lower
from cpu_backend.machine import Machine
from migrate.reading import is_relax
from migrate.values import Array, Value, leaves
from tensor_core import codes, dtypes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.types import TensorType, TupleType, Type

Args = Sequence[Value] | Mapping[str, Value]
Executor = Literal["backend", "interpreter"]
Observer = Callable[[Any, Value], Value | None]


def run(module: IRModule, args: Args, entry: str = "main", executor: Executor = "backend") -> list[Array]:
    """Call a function and return the leaves of its result, left to right.

    ``args``: values in parameter order, or by parameter name; parameters left out are taken from ``module.params``.
    A tuple parameter takes a tuple. ``executor``: "backend" compiles, "interpreter" evaluates with numpy.
    Raises DiagnosticError: R2R0503 for arguments that do not fit, R2R0603 for an unknown function, R2R06xx otherwise.
    """
    return leaves(execute(module, bind_args(module, args, entry), entry, executor))


def execute(
    module: IRModule,
    args: Sequence[Value],
    entry: str = "main",
    executor: Executor = "backend",
    observe: Observer | None = None,
) -> Value:
    """As :func:`run` on complete arguments, giving the nested result; ``observe`` sees (and may replace) every
    step's value.
    """
    if executor == "interpreter":
        return interpret(module, args, entry, observe=observe)
    lower = relax_core.lower.lower if is_relax(module) else relay_compat.lower.lower
    return Machine(lower(module, entry)).run(args, entry, observe=observe)


def interpret(
    module: IRModule,
    args: Sequence[Value],
    entry: str = "main",
    *,
    observe: Observer | None = None,
    widen: bool = False,
) -> Value:
    """Evaluate with the IR's own numpy interpreter; with ``widen`` as the float64 shadow."""
    evaluate = relax_core.interpret.evaluate if is_relax(module) else relay_compat.interpret.evaluate
    return evaluate(module, args, entry, observe=observe, widen=widen)


def parameters(module: IRModule, entry: str = "main") -> list[tuple[str, Type | None]]:
    """Names and types of a function's parameters."""
    function = module[entry]
    if isinstance(function, relax.Function):
        return [(param.name, param.ty) for param in function.params]
    if isinstance(function, relay.Function):
        return [(param.name, param.checked or param.type_annotation) for param in function.params]
    raise fail(codes.NO_SUCH_FUNCTION, f"@{entry} is not a function that can be called with tensors")


def bind_args(module: IRModule, args: Args, entry: str = "main") -> list[Value]:
    """Complete, checked arguments in parameter order."""
    wanted = parameters(module, entry)
    names = [name for name, _ in wanted]
    given = dict(args) if isinstance(args, Mapping) else _by_position(args, names, module)
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise fail(
            codes.BAD_INPUTS, f"@{entry} has no parameter {unknown[0]!r}", hint=f"its parameters: {', '.join(names)}"
        )
    values: list[Value] = []
    for name, type_ in wanted:
        value = given[name] if name in given else module.params.get(name)
        if value is None:
            raise fail(
                codes.BAD_INPUTS,
                f"no value for parameter {name!r} of @{entry}",
                hint="pass it by name, or give --params",
            )
        values.append(_fitting(value, type_, name))
    return values


def _by_position(args: Sequence[Value], names: Sequence[str], module: IRModule) -> dict[str, Value]:
    # Fewer arguments than parameters: they fill, in order, the parameters that did not come with the module.
    open_names = [name for name in names if name not in module.params] if len(args) < len(names) else list(names)
    if len(args) > len(open_names):
        raise fail(
            codes.BAD_INPUTS, f"{len(args)} arguments for {len(open_names)} open parameters: {', '.join(open_names)}"
        )
    return dict(zip(open_names, args, strict=False))


def _fitting(value: Value, type_: Type | None, name: str) -> Value:
    if isinstance(type_, TupleType):
        if not isinstance(value, (tuple, list)) or len(cast("Sequence[Value]", value)) != len(type_.fields):
            raise fail(codes.BAD_INPUTS, f"parameter {name!r} takes a tuple of {len(type_.fields)} values")
        items = cast("Sequence[Value]", value)
        return tuple(
            _fitting(item, field, f"{name}.{n}")
            for n, (item, field) in enumerate(zip(items, type_.fields, strict=True))
        )
    array = np.asarray(value)
    if isinstance(type_, TensorType):
        if dtypes.from_numpy(array.dtype) != type_.dtype:
            raise fail(
                codes.BAD_INPUTS,
                f"parameter {name!r} is {type_.dtype}, the argument is {array.dtype}",
                hint="cast the argument",
            )
        fits = len(array.shape) == type_.rank and all(
            not isinstance(dim, int) or dim == size for dim, size in zip(type_.shape, array.shape, strict=True)
        )
        if not fits:
            raise fail(codes.BAD_INPUTS, f"parameter {name!r} is {type_}, the argument has shape {array.shape}")
    return array
