"""A program's instructions made ready to run: machine code looked up, shapes resolved as far as they are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cpu_backend.arrays import Array, Value, address_of, allocate, contiguous, describe, is_array, is_tuple, ready
from cpu_backend.jit import Compiled
from tensor_core import codes, dtypes, reference, shapes
from tensor_core.diagnostics import fail
from tensor_core.loops import interpret
from tensor_core.loops.binding import Bindings, bind, concrete, dimension
from tensor_core.program import LoadConstant, MakeTuple, MatchType, RunKernel, RunReference, TakeItem, View
from tensor_core.shapes import Shape
from tensor_core.types import TensorType, TupleType, Type


class Frame:
    """The registers of one activation of a function, the addresses of arrays in them (0: not known), its sizes."""

    __slots__ = ("addresses", "registers", "sizes")

    def __init__(self, count: int) -> None:
        self.registers: list[Value] = [None] * count
        self.addresses: list[int] = [0] * count
        self.sizes: Bindings = {}

    def put(self, register: int, value: Value, address: int = 0) -> None:
        """Write a register."""
        self.registers[register] = value
        self.addresses[register] = address

    def address(self, register: int) -> int:
        """The address of the array in a register."""
        known = self.addresses[register]
        if not known:
            known = self.addresses[register] = address_of(self.registers[register])
        return known


class Arena:
    """Scratch memory that grows to what the largest kernel needs."""

    def __init__(self) -> None:
        self._size = 0
        self._array: Array | None = None
        self._address = 0

    def address(self, size: int) -> int:
        """The address of at least ``size`` bytes, valid until the next call."""
        if size > self._size or self._array is None:
            self._size = max(size, 2 * self._size, 4096)
            self._array, self._address = allocate((self._size,), np.dtype(np.uint8))
        return self._address


class KernelStep:
    """Runs compiled code, or the interpreter for a kernel that cannot be compiled."""

    def __init__(self, item: RunKernel, compiled: Compiled | None, arena: Arena) -> None:
        kernel = item.kernel
        count = len(kernel.params) - kernel.outputs
        if count != len(item.args) or kernel.outputs != len(item.outs):
            raise fail(codes.MALFORMED_KERNEL, f"kernel {kernel.name} is called with the wrong number of arrays")
        self.item = item
        self._compiled = compiled
        self._arena = arena
        self._expected = [(b.shape, dtypes.to_numpy(b.dtype)) for b in kernel.params[:count]]
        self._results = [(b.shape, dtypes.to_numpy(b.dtype)) for b in kernel.params[count:]]
        self._scratch = compiled.interface.scratch if compiled else 0
        known = all(shapes.is_static(buffer.shape) for buffer in kernel.params)
        agrees = all(type_.shape == shape for type_, (shape, _) in zip(item.types, self._results, strict=True))
        self._static: list[tuple[tuple[int, ...], np.dtype[Any]]] | None = None
        if compiled is not None and known and agrees:
            self._static = [(shapes.static(shape), dtype) for shape, dtype in self._results]

    def run(self, frame: Frame) -> None:
        """Check the arguments, allocate the results, call."""
        if self._static is None or self._compiled is None:
            self._run_symbolic(frame)
            return
        item, registers = self.item, frame.registers
        pointers: list[int] = []
        for register, (shape, dtype) in zip(item.args, self._expected, strict=True):
            array = registers[register]
            if not is_array(array) or array.shape != shape or array.dtype != dtype:
                raise self._mismatch(register, array, shape, dtype)
            pointers.append(frame.addresses[register] or frame.address(register))
        for register, (shape, dtype) in zip(item.outs, self._static, strict=True):
            array, address = allocate(shape, dtype)
            frame.put(register, array, address)
            pointers.append(address)
        pointers.append(self._arena.address(dimension(self._scratch, {})) if self._scratch else 0)
        self._compiled.call(*pointers)

    def _run_symbolic(self, frame: Frame) -> None:
        item, kernel = self.item, self.item.kernel
        arrays = [frame.registers[register] for register in item.args]
        for register, array, (shape, dtype) in zip(item.args, arrays, self._expected, strict=True):
            if not is_array(array) or array.dtype != dtype:
                raise self._mismatch(register, array, shape, dtype)
        sizes = bind((b.name, b.shape, array.shape) for b, array in zip(kernel.params, arrays, strict=False))
        around = {**frame.sizes, **sizes}
        sizes |= {var: dimension(var, around) for var in kernel.scalars}
        wanted = [concrete(type_.shape, around) for type_ in item.types]
        results = kernel.params[len(arrays) :]
        sizes = bind(((b.name, b.shape, s) for b, s in zip(results, wanted, strict=True)), known=sizes)
        frame.sizes.update(sizes)
        if self._compiled is None:
            types = [TensorType(shape, b.dtype) for b, shape in zip(results, wanted, strict=True)]
            for register, array in zip(item.outs, interpret.run(kernel, arrays, types, sizes), strict=True):
                frame.put(register, array)
            return
        pointers = [frame.address(register) for register in item.args]
        for register, shape, (_, dtype) in zip(item.outs, wanted, self._results, strict=True):
            array, address = allocate(shape, dtype)
            frame.put(register, array, address)
            pointers.append(address)
        pointers.append(self._arena.address(dimension(self._scratch, sizes)))
        self._compiled.call(*pointers, *(sizes[var] for var in self._compiled.interface.variables))

    def _mismatch(self, register: int, value: Value, shape: Shape, dtype: np.dtype[Any]) -> Exception:
        place = self.item.args.index(register)
        name = self.item.kernel.params[place].name
        wanted = f"{dtype.name} array of shape ({', '.join(map(shapes.to_text, shape))})"
        return fail(
            codes.EXECUTION_FAILED, f"kernel {self.item.kernel.name}: {name} is {describe(value)}, not a {wanted}"
        )

    def value(self, frame: Frame) -> Value:
        """The result, a tuple for several."""
        values = tuple(frame.registers[register] for register in self.item.outs)
        return values[0] if len(values) == 1 else values

    def replace(self, frame: Frame, value: Value) -> None:
        """Put other values in the results' place."""
        items = value if is_tuple(value) else (value,)
        for register, item in zip(self.item.outs, items, strict=True):
            frame.put(register, contiguous(item))


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


class MatchStep:
    """Checks a value and binds sizes."""

    def __init__(self, item: MatchType) -> None:
        self.item = item

    def run(self, frame: Frame) -> None:
        """Match."""
        frame.sizes.update(match([(self.item.name, frame.registers[self.item.source], self.item.type)], frame.sizes))


def simple_step(item: RunReference | LoadConstant | View | MakeTuple | TakeItem) -> SimpleStep:
    """The step of an instruction that runs no compiled code."""
    match item:
        case RunReference():
            return SimpleStep(item, item.out, lambda frame: _reference(item, frame))
        case LoadConstant():
            constant = contiguous(item.value).view()
            constant.flags.writeable = False
            return SimpleStep(item, item.out, lambda _: constant)
        case View():
            return SimpleStep(item, item.out, lambda frame: _view(item, frame))
        case MakeTuple():
            return SimpleStep(item, item.out, lambda frame: tuple([frame.registers[part] for part in item.items]))
        case TakeItem():
            return SimpleStep(item, item.out, lambda frame: frame.registers[item.source][item.index])


def _reference(item: RunReference, frame: Frame) -> Value:
    args = tuple([frame.registers[register] for register in item.args])
    return ready(reference.evaluate(item.card, item.params, args))


def _view(item: View, frame: Frame) -> Array:
    source: Array = frame.registers[item.source]
    shape = concrete(item.shape, frame.sizes)
    if source.size != int(np.prod(shape)):
        raise fail(codes.EXECUTION_FAILED, f"{source.size} elements cannot be seen as shape {shape}")
    return source.reshape(shape)


def match(items: Sequence[tuple[str, Value, Type]], known: Bindings) -> Bindings:
    """The sizes that make values fit their types; R2R0602 when one does not. Other kinds of types are passed over."""
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
    return bind(pairs, known)
