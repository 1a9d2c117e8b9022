"""External functions by name: registered Python functions, which see arrays as TVM's, and functions of the runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from relax_core import data_functions
from relax_core.run_time import Value, allocate
from relax_core.runtime_functions import RUNTIME
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.global_functions import get_global_func
from tensor_core.ndarray import ndarray
from tensor_core.ops.card import OpCard
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import library_params
from tensor_core.program import FunctionValue, Host
from tensor_core.reference import evaluate
from tensor_core.shape_tuple import ShapeTuple
from tensor_core.types import Type


def call_external(name: str, args: Sequence[Value], host: Host) -> Value:
    """The result of an external function: a registered Python function of this name, else one of the runtime.

    R2R0603 when there is neither.
    """
    function = get_global_func(name, allow_missing=True)
    if function is not None:
        return to_inside(function(*[to_outside(arg, host) for arg in args]))
    known = RUNTIME.get(name)
    if known is None:
        raise fail(
            codes.NO_SUCH_FUNCTION,
            f"there is no external function {name}",
            hint="register a Python function under this name (register_func)",
        )
    return known(args, host)


_KEYS = {
    data_functions.DATA_MAKE: ("data.make", True),
    data_functions.DATA_IS: ("data.is", True),
    data_functions.DATA_FIELD: ("data.field", True),
    data_functions.REF_NEW: ("ref.new", False),
    data_functions.REF_READ: ("ref.read", False),
    data_functions.REF_WRITE: ("ref.write", False),
}


def key_of(name: str) -> tuple[tuple[str, ...], bool]:
    """What :func:`call_external` does, as :class:`~tensor_core.program.RunHost` says it, and whether it is pure. Who
    registered a function may have registered one with effects.
    """
    if name in _KEYS and get_global_func(name, allow_missing=True) is None:
        key, pure = _KEYS[name]
        return (key,), pure
    return ("external", name), False


class External:
    """An external function as a value."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *args: Value) -> Value:
        return call_external(self.name, args, Host({}, _no_functions))


def _no_functions(function: object, args: Sequence[Value]) -> Value:
    del args
    raise fail(codes.NOT_LOWERED, f"{function} cannot be called from here", hint="call the external function by name")


def with_results(name: str, args: Sequence[Value], result: Type, host: Host) -> Value:
    """Call a function that writes its results into arrays given last; they are allocated with these types.

    The library function of a card that nobody registered computes what the card's reference says.
    """
    card = registry().by_library.get(name)
    if card is not None and get_global_func(name, allow_missing=True) is None:
        return _by_card(card, args)
    outs = allocate(result)
    call_external(name, (*args, *leaves(outs)), host)
    return outs


def _by_card(card: OpCard[Any], args: Sequence[Value]) -> Value:
    """What a card's library function would compute: the tensors first, then the scalars."""
    assert card.library is not None
    count = len(args) - len(card.library.params)
    tensors: list[Value] = list(args[:count])
    for place, item in enumerate(card.inputs):
        if item.variadic:
            # What is left of the tensors when every other input has its one.
            end = count - (len(card.inputs) - place - 1)
            tensors[place:end] = [tuple(tensors[place:end])]
    return evaluate(card, library_params(card, args[count:]), tuple(tensors))


def leaves(value: Value) -> list[Value]:
    """The values in a (nested) tuple."""
    if isinstance(value, tuple):
        return [leaf for item in cast("tuple[Value, ...]", value) for leaf in leaves(item)]
    return [value]


def to_outside(value: Value, host: Host) -> Any:
    """A value as Python functions take it: arrays that share their memory, shapes, functions that can be called."""
    if isinstance(value, np.ndarray):
        return ndarray(value)
    if isinstance(value, tuple):
        items = cast("tuple[Value, ...]", value)
        if items and all(type(item) is int for item in items):
            return ShapeTuple(items)
        return tuple(to_outside(item, host) for item in items)
    if isinstance(value, FunctionValue):
        return OutsideFunction(value, host)
    return value


class OutsideFunction:
    """A function value as Python code sees it: it can be called."""

    def __init__(self, closure: FunctionValue, host: Host) -> None:
        self.closure = closure
        self._host = host

    def __call__(self, *args: Any) -> Any:
        """The function's result."""
        return to_outside(self._host.apply(self.closure, [to_inside(arg) for arg in args]), self._host)


def to_inside(value: Any) -> Value:
    """What a Python function answered, as programs hold it."""
    if isinstance(value, list | tuple):
        return tuple(to_inside(item) for item in cast("Sequence[Any]", value))
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(cast(Any, value))
    return value.closure if isinstance(value, OutsideFunction) else value
