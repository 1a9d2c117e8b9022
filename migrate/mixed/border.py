"""What crosses between Relay and Relax functions: signatures in the words of both, and checks of values.

Values are the same objects on both sides (arrays, tuples, closures, data, references), so nothing is converted. What
one side's types do not prove to the other is checked where the value crosses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import relax_core.ir.types as relax
import relay_compat.ir.types as relay
from migrate.forward.types import convert_type
from migrate.values import Value, is_array
from relax_core.types.lattice import is_base_of
from relax_core.types.relations import accepts, may_fit
from relay_compat.values import ConstructorValue, RefValue
from tensor_core import codes, dtypes
from tensor_core.data_values import DataValue
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.program import Body, FunctionValue, Host, Invoke, ProgramFunction, RunHost
from tensor_core.spans import Span
from tensor_core.types import TensorType, TupleType, Type


def relax_type(type_: Type) -> Type:
    """The Relax type of values of a Relay type: the converter's, or where it has none a type that admits them all."""
    try:
        return convert_type(type_)
    except DiagnosticError:
        pass
    match type_:
        case TensorType():
            return relax.TensorType(dtype=type_.dtype, ndim=type_.rank)
        case TupleType():
            return TupleType(tuple(map(relax_type, type_.fields)))
        case _:
            return relax.ObjectType()


def relax_signature(signature: relay.FuncType, name: str, pure: bool = True) -> relax.FuncType:
    """The Relax type of a Relay function. R2R0411 for a polymorphic one."""
    if signature.type_params:
        message = f"@{name} is polymorphic: one Relax function cannot stand for it"
        raise fail(codes.BORDER, message, hint="give it the types that it is used with")
    return relax.FuncType(tuple(map(relax_type, signature.arg_types)), relax_type(signature.ret_type), pure)


def check_signature(name: str, wanted: relax.FuncType, found: Type | None, span: Span | None = None) -> None:
    """R2R0411 unless a Relax function of type ``found`` can take the place of a Relay function of type ``wanted``.

    Its parameters accept what Relay's callers give; its result may be what they expect, of which the rest is checked
    when it runs (:func:`proves`).
    """
    hint = f"its Relay callers need {wanted}"
    if not isinstance(found, relax.FuncType) or found.params is None or wanted.params is None:
        raise fail(codes.BORDER, f"@{name} has no stated signature in Relax", span, hint)
    if len(found.params) != len(wanted.params):
        message = f"@{name} takes {len(found.params)} arguments in Relax and {len(wanted.params)} in Relay"
        raise fail(codes.BORDER, message, span, hint)
    for place, (mine, given) in enumerate(zip(found.params, wanted.params, strict=True)):
        if not (accepts(mine, given) or is_base_of(mine, given)):
            raise fail(codes.BORDER, f"argument {place} of @{name} is {given} in Relay, in Relax {mine}", span, hint)
    if wanted.pure and not found.pure:
        raise fail(codes.BORDER, f"@{name} has effects in Relax and none in Relay", span, "declare it pure, if it is")
    if not may_fit(wanted.ret, found.ret):
        raise fail(codes.BORDER, f"@{name} gives {wanted.ret} in Relay, in Relax {found.ret}", span, hint)


def check_callee(name: str, stated: Type | None, actual: relax.FuncType, caller: str, span: Span | None = None) -> None:
    """R2R0411 when the function that a Relax caller takes for one of type ``stated`` can only be another."""
    hint = f"in the program it is {actual}"
    if not isinstance(stated, relax.FuncType) or stated.params is None or actual.params is None:
        raise fail(codes.BORDER, f"@{caller} calls @{name}, of which it states no signature", span, hint)
    pairs = [*zip(actual.params, stated.params, strict=False), (stated.ret, actual.ret)]
    fits = len(stated.params) == len(actual.params) and all(may_fit(*pair) for pair in pairs)
    if not fits or (stated.pure and not actual.pure):
        raise fail(codes.BORDER, f"@{caller} calls @{name} as {stated}", span, hint)


def proves(found: Type, wanted: Type) -> bool:
    """Whether a Relax result's type alone shows that it is what Relay code expects."""
    stack = [wanted]
    while stack:
        item = stack.pop()
        if isinstance(item, TupleType):
            stack += item.fields
        elif not isinstance(item, relax.TensorType) or item.dims is None:
            return False
    return is_base_of(wanted, found)


def guard(
    symbol: str, target: str, name: str, params: Sequence[Type], result: Type | None, *, arguments: bool
) -> ProgramFunction:
    """A function ``symbol`` that passes a call on to ``target`` and checks what crosses, by Relay's types: the
    arguments, or the result.
    """
    registers = tuple(range(len(params)))
    out, unit = len(params), len(params) + 1
    code: list[RunHost | Invoke] = []
    if arguments:
        code.append(RunHost("arguments from Relax", _check_all(name, params), registers, unit))
    # Without a check of the result the call stands last: recursion across the border runs in constant memory.
    code.append(Invoke(out, target, registers))
    if result is not None:
        code.append(RunHost("result from Relax", _check_all(name, (result,), "the result"), (out,), unit + 1))
    names = tuple([f"argument {place}" for place in registers])
    return ProgramFunction(symbol, names, unit + 2, Body(tuple(code), out), match=_unchecked)


def _unchecked(items: Any, sizes: Any) -> None:
    del items, sizes


def _check_all(name: str, types: Sequence[Type], what: str = "") -> Any:
    def check(values: tuple[Any, ...], host: Host) -> tuple[()]:
        del host
        for place, (value, type_) in enumerate(zip(values, types, strict=True)):
            wrong = misfit(value, type_)
            if wrong:
                message = f"{what or f'argument {place}'} of @{name} comes from Relax as {wrong}, Relay has {type_}"
                raise fail(codes.BORDER, message, hint="give the Relax function the type that Relay states")
        return ()

    return check


def misfit(value: Value, type_: Type) -> str:
    """What a value is where it is not one of a Relay type; empty when it is one."""
    stack: list[tuple[Value, Type]] = [(value, type_)]
    while stack:
        item, wanted = stack.pop()
        if not _fits(item, wanted):
            return _described(item)
        if isinstance(wanted, TupleType):
            stack += zip(cast("tuple[Value, ...]", item), wanted.fields, strict=True)
        elif isinstance(wanted, relay.RefType):
            stack.append((item.value, wanted.value))
    return ""


def _fits(value: Value, type_: Type) -> bool:
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
        case relay.TypeCall():
            # What Relax makes knows its constructor by name alone.
            known = isinstance(value, ConstructorValue)
            return isinstance(value, DataValue) and (not known or value.constructor.belong_to is type_.func)
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
