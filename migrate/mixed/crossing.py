"""Checks of values that cross between Relay and Relax functions.

Values are the same objects on both sides (arrays, tuples, closures, data, references), so nothing is converted. What
one side's types do not prove to the other is checked where the value crosses.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import relay_compat.ir.types as relay
from migrate.values import Value, is_array
from relay_compat.values import ConstructorValue, RefValue
from tensor_core import codes, dtypes
from tensor_core.data_values import DataValue
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.program import Body, FunctionValue, Host, Invoke, ProgramFunction, RunHost
from tensor_core.types import TensorType, TupleType, Type

Constructors = Mapping[Any, Collection[str]]
"""The names of the constructors of each algebraic data type."""


def constructors(module: IRModule) -> Constructors:
    """Those of a Relay module."""
    return {header: {item.name for item in data.constructors} for header, data in module.type_definitions.items()}


def guard(
    symbol: str,
    target: str,
    name: str,
    params: Sequence[Type],
    result: Type | None,
    known: Constructors,
    *,
    arguments: bool,
) -> ProgramFunction:
    """A function ``symbol`` that passes a call on to ``target`` and checks what crosses, by Relay's types: the
    arguments, or the result.
    """
    registers = tuple(range(len(params)))
    out, unit = len(params), len(params) + 1
    code: list[RunHost | Invoke] = []
    if arguments:
        code.append(RunHost("arguments from Relax", _check_all(name, params, known), registers, unit))
    # Without a check of the result the call stands last: recursion across the border runs in constant memory.
    code.append(Invoke(out, target, registers))
    if result is not None:
        code.append(RunHost("result from Relax", _check_all(name, (result,), known, "the result"), (out,), unit + 1))
    names = tuple([f"argument {place}" for place in registers])
    return ProgramFunction(symbol, names, unit + 2, Body(tuple(code), out), match=_unchecked)


def _unchecked(items: Any, sizes: Any) -> None:
    del items, sizes


def _check_all(name: str, types: Sequence[Type], known: Constructors, what: str = "") -> Any:
    def check(values: tuple[Any, ...], host: Host) -> tuple[()]:
        del host
        for place, (value, type_) in enumerate(zip(values, types, strict=True)):
            wrong = misfit(value, type_, known)
            if wrong:
                message = f"{what or f'argument {place}'} of @{name} comes from Relax as {wrong}, Relay has {type_}"
                raise fail(codes.BORDER, message, hint="give the Relax function the type that Relay states")
        return ()

    return check


def misfit(value: Value, type_: Type, known: Constructors) -> str:
    """What a value is where it is not one of a Relay type; empty when it is one."""
    stack: list[tuple[Value, Type]] = [(value, type_)]
    while stack:
        item, wanted = stack.pop()
        if not _fits(item, wanted, known):
            return _described(item)
        if isinstance(wanted, TupleType):
            stack += zip(cast("tuple[Value, ...]", item), wanted.fields, strict=True)
        elif isinstance(wanted, relay.RefType):
            stack.append((item.value, wanted.value))
    return ""


def _fits(value: Value, type_: Type, known: Constructors) -> bool:
    match type_:
        case TensorType():
            return (
                is_array(value)
                and dtypes.from_numpy(value.dtype) == type_.dtype
                and value.ndim == type_.rank
                and all(not isinstance(d, int) or d == size for d, size in zip(type_.shape, value.shape, strict=True))
            )
        case TupleType():
            return isinstance(value, tuple) and len(cast("tuple[Value, ...]", value)) == len(type_.fields)
        case relay.RefType():
            return isinstance(value, RefValue)
        case relay.TypeCall() | relay.GlobalTypeVar():
            header = type_.func if isinstance(type_, relay.TypeCall) else type_
            if isinstance(value, ConstructorValue):
                return value.constructor.belong_to is header
            # What Relax makes knows its constructor by name alone.
            return isinstance(value, DataValue) and value.name in known.get(header, ())
        case relay.FuncType():
            return isinstance(value, FunctionValue) or callable(value)
        case _:
            return True


def _described(value: Value) -> str:
    if is_array(value):
        return f"a {value.dtype.name} array of shape {value.shape}"
    if isinstance(value, tuple):
        return f"a tuple of {len(cast('tuple[Value, ...]', value))} values"
    if isinstance(value, ConstructorValue):
        return f"a {value.constructor.belong_to.name}"
    if isinstance(value, DataValue):
        return f"a value made by {value.name}"
    return f"a {type(value).__name__}"
