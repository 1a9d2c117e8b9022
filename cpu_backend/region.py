"""Straight lines of kernels of fixed sizes, run in one call: arguments stand in a table, values in an arena.

What leaves a region are new arrays, as from any step; what is only read inside of it has a place in the machine's
arena. Views, tuples and constants between the kernels are resolved when the region is made.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from cpu_backend import threads
from cpu_backend.arrays import Array, Value, address_of, contiguous, is_array
from cpu_backend.frame import Arena, Frame
from cpu_backend.jit import Compiled
from cpu_backend.kernel_step import KernelStep
from cpu_backend.liveness import reads, writes
from cpu_backend.memory_plan import plan
from tensor_core import shapes
from tensor_core.program import Instruction, LoadConstant, MakeTuple, Register, TakeItem, View

_Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Outside:
    """A value from before the region: a register, or what is found in the tuple there."""

    register: Register
    path: tuple[int, ...] = ()


@dataclass(slots=True, eq=False)
class _Storage:
    """Memory of a value that the region makes, or of a constant; ``slots``: where its address stands in the table."""

    shape: _Shape
    dtype: np.dtype[Any]
    first: int
    last: int
    constant: Array | None = None
    leaves: bool = False
    slots: list[int] = field(default_factory=list[int])


@dataclass(frozen=True, slots=True, eq=False)
class _Ref:
    """An array over a storage; registers with one of these hold the same object."""

    storage: _Storage
    shape: _Shape


@dataclass(frozen=True, slots=True)
class _Group:
    """A tuple."""

    items: tuple[_Known, ...]


_Known = _Ref | _Outside | _Group


@dataclass(slots=True, eq=False)
class _Input:
    """A value from before the region as a kernel wants it, ``register`` as the kernel calls it."""

    source: _Outside
    shape: _Shape
    dtype: np.dtype[Any]
    step: KernelStep
    register: Register
    slots: list[int] = field(default_factory=list[int])


class RegionStep:
    """Runs the kernels of a region."""

    def __init__(self, builder: _Builder, uses: Counter[Register], arena: Arena, thread_count: int) -> None:
        self._arena = arena
        self._rows = len(builder.calls)
        self._threads = thread_count if any(stages for _, stages, _ in builder.calls) else 1
        finals = builder.leave(uses)
        self._inputs = [item for group in builder.inputs.values() for item in group]
        made = [item for item in builder.made if not item.leaves]
        self._results = [item for item in builder.made if item.leaves]
        places, self._size = plan([(i.first, i.last, prod(i.shape) * i.dtype.itemsize) for i in made])
        words = [0] * builder.words
        start = threads.ROW * self._rows
        self._table = (ctypes.c_int64 * (start + builder.words))()
        self._address = ctypes.addressof(self._table)
        for item in builder.constants.values():
            assert item.constant is not None
            for slot in item.slots:
                words[slot] = address_of(item.constant)
        for row, (entry, stages, first) in enumerate(builder.calls):
            arguments = self._address + 8 * (start + first)
            self._table[threads.ROW * row : threads.ROW * (row + 1)] = (entry, arguments, stages)
        self._table[start:] = words
        for item in (*self._inputs, *self._results):
            item.slots = [start + slot for slot in item.slots]
        inside = [(start + slot, place) for item, place in zip(made, places, strict=True) for slot in item.slots]
        self._inside = np.array([slot for slot, _ in inside], np.intp)
        self._offsets = np.array([place for _, place in inside], np.int64)
        self._base = 0
        self._views: dict[_Ref, int] = {}
        self._finals = [(register, self._maker(value)) for register, value in finals]
        numbers = {item: number for number, item in enumerate(self._results)}
        self._shapes = [
            (numbers[ref.storage], None if ref.shape == ref.storage.shape else ref.shape) for ref in self._views
        ]
        # Machine code and constants must stay as long as the table names them.
        self._kept: tuple[list[Compiled], list[_Storage]] = (builder.compiled, list(builder.constants.values()))

    def run(self, frame: Frame) -> None:
        """Check what comes from outside, allocate what leaves, call."""
        table, registers, addresses = self._table, frame.registers, frame.addresses
        for item in self._inputs:
            source = item.source
            value = registers[source.register]
            for index in source.path:
                value = value[index]
            if not is_array(value) or value.shape != item.shape or value.dtype != item.dtype:
                raise item.step.mismatch(item.register, value, item.shape, item.dtype)
            address = 0 if source.path else addresses[source.register] or frame.address(source.register)
            address = address or address_of(value)
            for slot in item.slots:
                table[slot] = address
        arrays: list[tuple[Array, int]] = []
        for item in self._results:
            made = self._arena.allocate(item.shape, item.dtype)
            for slot in item.slots:
                table[slot] = made[1]
            arrays.append(made)
        if self._size:
            base = self._arena.address(self._size)
            if base != self._base:
                np.frombuffer(memoryview(table), np.int64)[self._inside] = self._offsets + base
                self._base = base
        threads.run(self._address, self._rows, self._threads)
        views = [
            arrays[n] if shape is None else (arrays[n][0].reshape(shape), arrays[n][1]) for n, shape in self._shapes
        ]
        for register, make in self._finals:
            frame.put(register, *make(frame, views))

    def _maker(self, value: _Known) -> _Maker:
        """What makes a value that leaves, and its address (0: not known), from the arrays of the views that do."""
        if isinstance(value, _Group):
            makers = [self._maker(item) for item in value.items]
            return lambda frame, views: (tuple([make(frame, views)[0] for make in makers]), 0)
        if isinstance(value, _Outside):
            return lambda frame, _: (_outside(frame, value), 0)
        if value.storage.constant is not None:
            constant = value.storage.constant.reshape(value.shape)
            return lambda _frame, _views: (constant, 0)
        number = self._views.setdefault(value, len(self._views))
        return lambda _, views: views[number]


def grouped(
    code: Sequence[Instruction],
    steps: Sequence[Any],
    drops: Sequence[Sequence[Register]],
    uses: Counter[Register],
    arena: Arena,
    thread_count: int,
) -> tuple[list[Any], list[list[Register]]]:
    """Steps with regions in the place of those that they run, and the registers to drop after each.

    ``uses``: how often each register is read in the whole function. ``thread_count`` threads share large kernels.
    """
    result: list[Any] = []
    dropped: list[list[Register]] = []
    index = 0
    while index < len(code):
        builder = _Builder()
        end = index
        while end < len(code) and builder.takes(code[end], steps[end]):
            end += 1
        if builder.calls:
            result.append(RegionStep(builder, uses, arena, thread_count))
            inside = builder.written
            dropped.append([register for some in drops[index:end] for register in some if register not in inside])
            index = end
            continue
        end = max(end, index + 1)
        result += steps[index:end]
        dropped += [list(some) for some in drops[index:end]]
        index = end
    return result, dropped


class _Builder:
    """Collects instructions as long as all that they need is known before the run."""

    def __init__(self) -> None:
        self._values: dict[Register, _Known] = {}
        self._reads: Counter[Register] = Counter()
        self.inputs: dict[_Outside, list[_Input]] = {}
        self.made: list[_Storage] = []
        self.constants: dict[Register, _Storage] = {}
        self.calls: list[tuple[int, int, int]] = []
        self.compiled: list[Compiled] = []
        self.words = 0

    @property
    def written(self) -> set[Register]:
        """The registers that the region defines."""
        return set(self._values)

    def takes(self, item: Instruction, step: Any) -> bool:
        """Whether the instruction belongs to the region, which then has it."""
        taken = self._kernel(step) if isinstance(step, KernelStep) else self._other(item)
        if taken:
            self._reads.update(reads(item))
        return taken

    def leave(self, uses: Counter[Register]) -> list[tuple[Register, _Known]]:
        """The values that are read outside; their storages are marked."""
        found = [
            (register, value) for register, value in self._values.items() if uses[register] > self._reads[register]
        ]
        stack: list[_Known] = [value for _, value in found]
        while stack:
            value = stack.pop()
            if isinstance(value, _Group):
                stack += value.items
            elif isinstance(value, _Ref):
                value.storage.leaves = True
        return found

    # ------------------------------------------------------------ instructions

    def _value(self, register: Register) -> _Known:
        return self._values.get(register) or _Outside(register)

    def _kernel(self, step: KernelStep) -> bool:
        compiled, results = step.compiled, step.static
        if compiled is None or results is None or step.item.into:
            return False
        if any(isinstance(self._value(register), _Group) for register in step.item.args):
            return False
        index, first = len(self.calls), self.words
        for register, (shape, dtype) in zip(step.item.args, step.expected, strict=True):
            value = self._value(register)
            if isinstance(value, _Ref):
                value.storage.last = index
                value.storage.slots.append(self.words)
            elif isinstance(value, _Outside):
                self._input(value, shapes.static(shape), dtype, step, register).slots.append(self.words)
            self.words += 1
        for register, (shape, dtype) in zip(step.item.outs, results, strict=True):
            self._values[register] = _Ref(self._make(shape, dtype, index), shape)
        self._make((step.scratch_size,), np.dtype(np.uint8), index)
        self.compiled.append(compiled)
        self.calls.append((compiled.entry, compiled.stages, first))
        return True

    def _make(self, shape: _Shape, dtype: np.dtype[Any], index: int) -> _Storage:
        storage = _Storage(shape, dtype, index, index, slots=[self.words])
        self.words += 1
        self.made.append(storage)
        return storage

    def _input(
        self, source: _Outside, shape: _Shape, dtype: np.dtype[Any], step: KernelStep, register: Register
    ) -> _Input:
        known = self.inputs.setdefault(source, [])
        for item in known:
            if item.shape == shape and item.dtype == dtype:
                return item
        known.append(_Input(source, shape, dtype, step, register))
        return known[-1]

    def _other(self, item: Instruction) -> bool:
        match item:
            case LoadConstant() if is_array(item.value):
                constant = contiguous(item.value).view()
                constant.flags.writeable = False
                storage = _Storage(constant.shape, constant.dtype, 0, 0, constant)
                self.constants[item.out] = storage
                self._values[item.out] = _Ref(storage, constant.shape)
            case View() if isinstance(source := self._value(item.source), _Ref) and shapes.is_static(item.shape):
                shape = shapes.static(item.shape)
                if prod(shape) != prod(source.shape):
                    return False
                self._values[item.out] = _Ref(source.storage, shape)
            case MakeTuple():
                self._values[item.out] = _Group(tuple(map(self._value, item.items)))
            case TakeItem():
                match self._value(item.source):
                    case _Group(items):
                        self._values[item.out] = items[item.index]
                    case _Outside(register, path):
                        self._values[item.out] = _Outside(register, (*path, item.index))
                    case _:
                        return False
            case _:
                return False
        return bool(writes(item))


_Maker = Callable[[Frame, Sequence[tuple[Array, int]]], tuple[Value, int]]


def _outside(frame: Frame, source: _Outside) -> Value:
    value = frame.registers[source.register]
    for index in source.path:
        value = value[index]
    return value
