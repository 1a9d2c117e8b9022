"""The instructions of a program that run no kernel, made ready to run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cpu_backend.arrays import Array, Value, accepted, contiguous, describe, is_array, is_tuple, ready
from cpu_backend.frame import Frame
from tensor_core import codes, dtypes, reference
from tensor_core.diagnostics import fail
from tensor_core.loops.binding import Bindings, bind, concrete
from tensor_core.program import (
    Apply,
    Closure,
    Host,
    LoadConstant,
    MakeClosure,
    MakeTuple,
    MatchType,
    RunHost,
    RunReference,
    TakeItem,
    View,
)
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, TupleType, Type

Caller = Callable[[str | Closure, Sequence[Value]], Value]
"""Runs a function of the program."""


class SimpleStep:
    """Any instruction with one result that a function of the frame computes."""

    def __init__(self, item: Any, out: int, compute: Callable[[Frame], Value]) -> None:
        self.item = item
        self._out = out
        self._compute = compute

    def run(self, frame: Frame) -> None:
        """Compute and write."""
        frame.put(self._out, self._compute(frame))

    def value(self, frame: Frame) -> Value:
        """The result."""
        return frame.registers[self._out]

    def replace(self, frame: Frame, value: Value) -> None:
        """Put another value in the result's place."""
        frame.put(self._out, ready(value))


class HostStep:
    """Runs Python code."""

    def __init__(self, item: RunHost | Apply, apply: Caller) -> None:
        self.item = item
        self._apply = apply

    def run(self, frame: Frame) -> None:
        """Compute and write."""
        item = self.item
        values = tuple([frame.registers[register] for register in item.args])
        if isinstance(item, RunHost):
            value = item.function(values, Host(frame.sizes, self._apply))
        else:
            value = frame.registers[item.callee](*values)
        frame.put(item.out, accepted(value))

    def value(self, frame: Frame) -> Value:
        """The result."""
        return frame.registers[self.item.out]

    def replace(self, frame: Frame, value: Value) -> None:
        """Put another value in the result's place."""
        frame.put(self.item.out, ready(value))


class MatchStep:
    """Checks a value and binds sizes."""

    def __init__(self, item: MatchType) -> None:
        self.item = item
        self._match = item.match or match

    def run(self, frame: Frame) -> None:
        """Match."""
        self._match([(self.item.name, frame.registers[self.item.source], self.item.type)], frame.sizes)


def simple_step(item: RunReference | LoadConstant | View | MakeTuple | TakeItem | MakeClosure) -> SimpleStep:
    """The step of an instruction that runs no compiled code."""
    match item:
        case RunReference():
            return SimpleStep(item, item.out, lambda frame: _reference(item, frame))
        case LoadConstant():
            constant = item.value
            if is_array(constant):
                constant = contiguous(constant).view()
                constant.flags.writeable = False
            return SimpleStep(item, item.out, lambda _: constant)
        case View():
            return SimpleStep(item, item.out, lambda frame: _view(item, frame))
        case MakeTuple():
            return SimpleStep(item, item.out, lambda frame: tuple([frame.registers[part] for part in item.items]))
        case TakeItem():
            return SimpleStep(item, item.out, lambda frame: frame.registers[item.source][item.index])
        case MakeClosure():
            return SimpleStep(item, item.out, lambda frame: _closure(item, frame))


def _closure(item: MakeClosure, frame: Frame) -> Closure:
    made = Closure(item.function, [], dict(frame.sizes))
    made.captured.extend([made if place == item.out else frame.registers[place] for place in item.captured])
    return made


def _reference(item: RunReference, frame: Frame) -> Value:
    args = tuple([frame.registers[register] for register in item.args])
    return ready(reference.evaluate(item.card, item.params, args))


def _view(item: View, frame: Frame) -> Array:
    source: Array = frame.registers[item.source]
    shape = concrete(item.shape, frame.sizes)
    if source.size != int(np.prod(shape)):
        raise fail(codes.EXECUTION_FAILED, f"{source.size} elements cannot be seen as shape {shape}")
    try:
        return source.reshape(shape)
    except ValueError as error:
        # An empty array whose other dimensions are too large for any array.
        raise fail(codes.EXECUTION_FAILED, f"there is no array of shape {shape}: {error}") from None


def match(items: Sequence[tuple[str, Value, Type]], sizes: Bindings) -> None:
    """Add the sizes that make values fit their types; R2R0602 when one does not. Other kinds of types are passed
    over.
    """
    pairs: list[tuple[str, Shape, Sequence[int]]] = []
    stack = list(reversed(items))
    while stack:
        name, value, type_ = stack.pop()
        if isinstance(type_, TupleType):
            if not is_tuple(value) or len(value) != len(type_.fields):
                raise fail(codes.EXECUTION_FAILED, f"{name} is {describe(value)}, not a {type_}")
            fields = zip(value, type_.fields, strict=True)
            stack.extend(reversed([(f"{name}[{n}]", item, field) for n, (item, field) in enumerate(fields)]))
        elif isinstance(type_, TensorType):
            if not is_array(value) or value.dtype != dtypes.to_numpy(type_.dtype):
                raise fail(codes.EXECUTION_FAILED, f"{name} is {describe(value)}, not a {type_}")
            pairs.append((name, type_.shape, value.shape))
    sizes.update(bind(pairs, sizes))
