"""Values between a caller's Python and a running program.

Outside: NDArray, ADT for tuples, ConstructorValue, RefValue, functions; inside, what :mod:`relay_compat.values` says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from relay_compat import values as inside
from relay_compat.backend.container import ADT
from relay_compat.ir.expr import Constant
from relay_compat.ir.make import const
from relay_compat.ir.module import IRModule
from tensor_core import dtypes
from tensor_core.ndarray import ndarray
from tensor_core.types import TensorType, TupleType, Type

Apply = Callable[[inside.Closure, Sequence[Any]], Any]


class ConstructorValue:
    """A value of an algebraic data type (tvm.relay.backend.interpreter.ConstructorValue)."""

    __slots__ = ("constructor", "fields", "tag")

    def __init__(self, tag: int, fields: Sequence[Any], constructor: Any) -> None:
        self.tag = int(tag)
        self.fields = tuple(fields or ())
        self.constructor = constructor

    def __repr__(self) -> str:
        return f"ConstructorValue({self.constructor.name}, {list(self.fields)})"


class RefValue:
    """A mutable reference (tvm.relay.backend.interpreter.RefValue)."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class InterpreterClosure:
    """A function that a program answered; it can be called."""

    __slots__ = ("_apply", "closure")

    def __init__(self, closure: inside.Closure, apply: Apply) -> None:
        self.closure = closure
        self._apply = apply

    @property
    def func(self) -> Any:
        """The function's expression."""
        return self.closure.function

    def __call__(self, *args: Any) -> Any:
        return self._apply(self.closure, args)


def argument(value: Any, type_: Type | None, module: IRModule) -> Any:
    """A caller's value for a parameter. Plain numbers get the parameter's element type, also within tuples."""
    return to_inside(_typed(value, type_), module)


def _typed(value: Any, type_: Type | None) -> Any:
    given: Any = value
    if isinstance(type_, TensorType) and isinstance(value, (bool, int, float)):
        return np.asarray(value, dtypes.to_numpy(type_.dtype))
    if isinstance(type_, TupleType) and isinstance(value, (tuple, list)):
        items = cast("Sequence[Any]", value)
        if len(items) == len(type_.fields):
            return [_typed(item, field) for item, field in zip(items, type_.fields, strict=True)]
    return given


def to_inside(value: Any, module: IRModule) -> Any:
    """A caller's value as programs hold it, of any depth. Plain numbers get the types that ``const`` gives them."""
    finished: list[Any] = []
    stack: list[tuple[Any, bool]] = [(value, False)]
    while stack:
        item, built = stack.pop()
        parts = _parts(item)
        if parts is None:
            finished.append(_leaf(item))
        elif not built:
            stack.append((item, True))
            stack.extend((part, False) for part in reversed(parts))
        else:
            count = len(parts)
            made = finished[len(finished) - count :]
            del finished[len(finished) - count :]
            finished.append(_compound(item, made, module))
    return finished[0]


def _parts(item: Any) -> Sequence[Any] | None:
    if isinstance(item, (ADT, tuple, list)):
        return list(cast("Sequence[Any]", item))
    if isinstance(item, ConstructorValue):
        return list(item.fields)
    return [item.value] if isinstance(item, RefValue) else None


def _compound(item: Any, made: list[Any], module: IRModule) -> Any:
    if isinstance(item, RefValue):
        return inside.RefValue(made[0])
    if isinstance(item, ConstructorValue):
        constructor = item.constructor if item.constructor is not None else module.get_constructor(item.tag)
        return inside.ConstructorValue(constructor, tuple(made))
    return tuple(made)


def _leaf(item: Any) -> Any:
    if isinstance(item, InterpreterClosure):
        return item.closure
    if isinstance(item, Constant):
        return np.asarray(item.data)
    if isinstance(item, np.ndarray):
        return np.array(cast(Any, item), subok=False)
    return np.asarray(const(item).data)


def to_outside(value: Any, apply: Apply, *, tagged: bool = False) -> Any:
    """A program's value for the caller. With ``tagged`` values of algebraic types are ADT, as the VM gives them."""
    finished: list[Any] = []
    stack: list[tuple[Any, bool]] = [(value, False)]
    while stack:
        item, built = stack.pop()
        parts = _inner_parts(item)
        if parts is None:
            finished.append(InterpreterClosure(item, apply) if isinstance(item, inside.Closure) else _array(item))
        elif not built:
            stack.append((item, True))
            stack.extend((part, False) for part in reversed(parts))
        else:
            count = len(parts)
            made = finished[len(finished) - count :]
            del finished[len(finished) - count :]
            finished.append(_outer(item, made, tagged))
    return finished[0]


def _inner_parts(item: Any) -> Sequence[Any] | None:
    if isinstance(item, tuple):
        return cast("tuple[Any, ...]", item)
    if isinstance(item, inside.ConstructorValue):
        return item.fields
    return (item.value,) if isinstance(item, inside.RefValue) else None


def _outer(item: Any, made: list[Any], tagged: bool) -> Any:
    if isinstance(item, inside.RefValue):
        return RefValue(made[0])
    if isinstance(item, inside.ConstructorValue):
        tag = item.constructor.tag
        return ADT(tag, made) if tagged else ConstructorValue(tag, made, item.constructor)
    return ADT(0, made)


def _array(value: Any) -> Any:
    """The array as one of its own, so that neither arguments nor constants change with it."""
    return ndarray(np.array(value, subok=False))
