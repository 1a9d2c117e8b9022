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
from cpu_backend.jit import Options
from cpu_backend.machine import Machine
from migrate.reading import is_relax
from migrate.values import Array, Value, leaves
from relax_core.assumed import assumed
from relax_core.ir.types import PrimType, ShapeType
from relax_core.normalize import normalize
from relax_core.types.plain import plain
from relay_compat.types.infer import infer_types
from tensor_core import codes, dtypes
from tensor_core.data_values import DataValue, RefValue
from tensor_core.diagnostics import did_you_mean, fail
from tensor_core.module import IRModule
from tensor_core.observed import OpCall
from tensor_core.program import FunctionValue, Program
from tensor_core.types import TensorType, TupleType, Type

Args = Sequence[Value] | Mapping[str, Value]
Executor = Literal["backend", "interpreter"]
Observer = Callable[[Any, Value], Value | None]
CallObserver = Callable[[Any, OpCall], None]
Taken = Callable[[Array], Array]


def run(module: IRModule, args: Args, entry: str = "main", executor: Executor = "backend") -> list[Array]:
    """Call ``entry`` of a ``module`` and return the leaves of its result, left to right: numpy arrays of the shapes and
    element types that the function's type says.

    ``args``: values in parameter order, or by parameter name; parameters left out are taken from ``module.params``.
    A tuple parameter takes a tuple, a scalar of Relax a number, a shape its sizes. ``executor``: "backend" compiles,
    "interpreter" evaluates with numpy.
    Raises DiagnosticError: R2R0503 for arguments that do not fit, R2R0603 for an unknown function, R2R06xx otherwise.

    Source: Relay means what TVM 0.19 computes, Relax what the release of the module does; floats may differ from both
    by rounding, in the order of sums that the page on the backend allows.
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
    return compiled(module, entry, once=True).run(args, entry, observe=observe)


def compiled(module: IRModule, entry: str = "main", *, once: bool = False) -> Machine:
    """The machine that runs a function and what it calls; ``once``: it will do so once or a few times.

    R2R06xx when it has no compiled form.
    """
    return Machine(lowered(module, entry), options=Options(once=once))


def lowered(module: IRModule, entry: str = "main") -> Program:
    """The executable form of a function and of what it calls. R2R06xx when it has none."""
    return relax_core.lower.lower(module, entry) if is_relax(module) else relay_compat.lower.lower(module, entry)


def interpret(
    module: IRModule,
    args: Sequence[Value],
    entry: str = "main",
    *,
    observe: Observer | None = None,
    observe_call: CallObserver | None = None,
    floats: str = "",
    taken: Taken | None = None,
) -> Value:
    """Evaluate with the IR's own numpy interpreter; ``floats`` is the element type as which floats are computed:
    "float64" makes it the shadow, :data:`~tensor_core.dtypes.RESIDUE` computes modulo a prime. With one,
    ``taken(data)`` says what a constant is taken for.

    ``observe(node, value)`` sees, and may replace, every step's value; ``observe_call(node, call)`` is told every call
    of an operator before it is evaluated. A step's node is a Relay expression or a Relax binding, and the same one in
    every run of a :func:`typed` module.
    """
    if is_relax(module):
        return relax_core.interpret.evaluate(
            module, args, entry, observe=observe, observe_call=observe_call, floats=floats, taken=taken
        )
    return relay_compat.interpret.evaluate(
        module, args, entry, observe=observe, observe_call=observe_call, floats=floats, taken=taken
    )


def typed(module: IRModule) -> IRModule:
    """The module as interpreters and lowerings take it: Relay with types inferred, Relax in normal form."""
    if is_relax(module):
        return normalize(module, assumed(module.release))
    functions = module.functions.values()
    return (
        infer_types(module) if any(isinstance(f, relay.Function) and f.checked is None for f in functions) else module
    )


def parameters(module: IRModule, entry: str = "main") -> list[tuple[str, Type | None]]:
    """Names and types of a function's parameters. R2R0603 where ``entry`` is no Relay or Relax function."""
    function = module[entry]
    if isinstance(function, relax.Function):
        return [(param.name, param.ty and plain(param.ty)) for param in function.params]
    if isinstance(function, relay.Function):
        return [(param.name, param.checked or param.type_annotation) for param in function.params]
    raise fail(codes.NO_SUCH_FUNCTION, f"@{entry} is not a function that can be called with tensors")


def bind_args(module: IRModule, args: Args, entry: str = "main") -> list[Value]:
    """Complete, checked arguments in parameter order. R2R0503 for one that is missing or does not fit."""
    values: list[Value] = []
    for (name, type_), value in zip(parameters(module, entry), known_args(module, args, entry), strict=True):
        if value is None:
            raise fail(
                codes.BAD_INPUTS,
                f"no value for parameter {name!r} of @{entry}",
                hint="pass it by name, or give the parameters that belong to the module",
            )
        values.append(_fitting(value, type_, name))
    return values


def known_args(module: IRModule, args: Args, entry: str = "main") -> list[Value | None]:
    """The given arguments and the module's own arrays in parameter order; None where there is neither."""
    wanted = parameters(module, entry)
    given = _by_name(args, wanted, entry) if isinstance(args, Mapping) else _by_position(args, wanted, module, entry)
    return [module.params.get(name) if found is None else found for (name, _), found in zip(wanted, given, strict=True)]


def check_args(module: IRModule, args: Args, entry: str = "main") -> None:
    """That what is given fits: names, element types, shapes. R2R0503 for what does not."""
    for (name, type_), value in zip(parameters(module, entry), known_args(module, args, entry), strict=True):
        if value is not None:
            _fitting(value, type_, name)


def _by_name(args: Mapping[str, Value], wanted: Sequence[tuple[str, Type | None]], entry: str) -> list[Value | None]:
    names = [name for name, _ in wanted]
    unknown = sorted(set(args) - set(names))
    if unknown:
        hint = did_you_mean(unknown[0], names) or f"its parameters: {_shown(names)}"
        raise fail(codes.BAD_INPUTS, f"@{entry} has no parameter {unknown[0]!r}", hint=hint)
    # A JSON module may give several parameters one name.
    twice = next((name for name in args if names.count(name) > 1), None)
    if twice is not None:
        raise fail(
            codes.BAD_INPUTS,
            f"@{entry} has several parameters called {twice!r}",
            hint="give the arguments in the order of the parameters",
        )
    return [args.get(name) for name in names]


def _by_position(
    args: Sequence[Value], wanted: Sequence[tuple[str, Type | None]], module: IRModule, entry: str
) -> list[Value | None]:
    # Fewer arguments than parameters: they fill, in order, the parameters that did not come with the module.
    places = [n for n, (name, _) in enumerate(wanted) if len(args) >= len(wanted) or name not in module.params]
    if len(args) > len(places):
        raise fail(
            codes.BAD_INPUTS,
            f"{len(args)} arguments for the {len(places)} parameters of @{entry} that have no value yet",
            hint=f"in order: {_shown([wanted[n][0] for n in places])}" if places else "give none",
        )
    values: list[Value | None] = [None] * len(wanted)
    for place, value in zip(places, args, strict=False):
        values[place] = value
    return values


def _shown(names: Sequence[str], limit: int = 12) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def _fitting(value: Value, type_: Type | None, name: str) -> Value:
    if isinstance(type_, TupleType):
        if not isinstance(value, (tuple, list)) or len(cast("Sequence[Value]", value)) != len(type_.fields):
            raise fail(codes.BAD_INPUTS, f"parameter {name!r} takes a tuple of {len(type_.fields)} values")
        items = cast("Sequence[Value]", value)
        return tuple(
            _fitting(item, field, f"{name}.{n}")
            for n, (item, field) in enumerate(zip(items, type_.fields, strict=True))
        )
    if isinstance(value, DataValue | RefValue | FunctionValue):
        return value
    array = np.asarray(value)
    if isinstance(type_, PrimType):
        return _number(array, type_.dtype, name)
    if isinstance(type_, ShapeType):
        return _sizes(array, type_.ndim, name)
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


def _number(array: Array, dtype: str, name: str) -> Value:
    """A scalar of a program, which is a number of Python there."""
    wanted = "biuf" if dtypes.is_float(dtype) else "b" if dtype == "bool" else "iu"
    if array.ndim or array.dtype.kind not in wanted:
        raise fail(codes.BAD_INPUTS, f"parameter {name!r} is a {dtype}, the argument is {_told(array)}")
    return float(array) if dtypes.is_float(dtype) else array.item()


def _sizes(array: Array, rank: int, name: str) -> Value:
    """A shape of a program, which is a tuple of numbers of Python there."""
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size) or rank not in (-1, array.size):
        wanted = "" if rank < 0 else f" of {rank} dimensions"
        raise fail(codes.BAD_INPUTS, f"parameter {name!r} is a shape{wanted}, the argument is {_told(array)}")
    return tuple(map(int, array))


def _told(array: Array) -> str:
    return f"an array of {array.dtype} and shape {array.shape}" if array.ndim else repr(array.item())
