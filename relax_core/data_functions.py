"""Functions of the runtime for algebraic data and references, which Relax has no types for: converted Relay calls them.

A value of an algebraic data type is an object that only these functions look into. Real TVM has them once the runtime
module of a conversion is imported (:mod:`migrate.forward.runtime_module`); here programs have them by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from tensor_core import codes, effects
from tensor_core.data_values import DataValue
from tensor_core.diagnostics import fail
from tensor_core.program import Host

DATA_MAKE = "relay2relax.data.make"
"""``(name, field, ...)``: a value made by the constructor of that name. Pure."""
DATA_IS = "relay2relax.data.is"
"""``(value, name)``: whether that constructor made the value, as a bool tensor of rank 0. Pure."""
DATA_FIELD = "relay2relax.data.field"
"""``(value, index)``: one field of a value. Pure."""
DATA_UNMATCHED = "relay2relax.data.unmatched"
"""``(place)``: fails, since no arm of a match handles a value; ``place`` says which match. Pure: it has no effects."""
REF_NEW = "relay2relax.ref.new"
"""``(value)``: a new reference that holds the value. Has effects."""
REF_READ = "relay2relax.ref.read"
"""``(reference)``: what it holds. Has effects."""
REF_WRITE = "relay2relax.ref.write"
"""``(reference, value)``: lets it hold the value; gives an empty tuple. Has effects."""

Value = Any


def _make(args: Sequence[Value], _: Host) -> Value:
    return DataValue(args[0], tuple(map(_kept, args[1:])))


def _is(args: Sequence[Value], _: Host) -> Value:
    return np.asarray(_data(args[0]).name == args[1])


def _field(args: Sequence[Value], _: Host) -> Value:
    return _data(args[0]).fields[int(args[1])]


def _unmatched(args: Sequence[Value], _: Host) -> Value:
    raise fail(codes.EXECUTION_FAILED, f"no arm of the match handles the value {args[0]}".rstrip())


def _new(args: Sequence[Value], _: Host) -> Value:
    return effects.new(_kept(args[0]))


def _read(args: Sequence[Value], _: Host) -> Value:
    return effects.read(args[0])


def _write(args: Sequence[Value], _: Host) -> Value:
    effects.write(args[0], _kept(args[1]))
    return ()


def _kept(value: Value) -> Value:
    """A copy of the arrays in a value: planned memory is used again once no call of the program needs it."""
    if isinstance(value, tuple):
        return tuple(map(_kept, cast("tuple[Value, ...]", value)))
    return np.array(cast(Any, value)) if isinstance(value, np.ndarray) else value


def _data(value: Value) -> DataValue:
    if not isinstance(value, DataValue):
        message = f"a {type(value).__name__} is no value of an algebraic data type"
        raise fail(codes.EXECUTION_FAILED, message, hint="check the arguments")
    return value


FUNCTIONS: Mapping[str, Callable[[Sequence[Value], Host], Value]] = {
    DATA_MAKE: _make,
    DATA_IS: _is,
    DATA_FIELD: _field,
    DATA_UNMATCHED: _unmatched,
    REF_NEW: _new,
    REF_READ: _read,
    REF_WRITE: _write,
}
"""By name: the result for the values of the arguments."""
