"""Running one kernel: checks of the arguments, sizes of its symbolic dimensions, results allocated or given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cpu_backend import threads
from cpu_backend.arrays import Array, Value, contiguous, describe, is_array, is_tuple
from cpu_backend.emit.kernel import Interface, interface
from cpu_backend.frame import Arena, Frame
from cpu_backend.jit import Compiled
from tensor_core import codes, dtypes, shapes
from tensor_core.diagnostics import fail
from tensor_core.loops import interpret
from tensor_core.loops.binding import Bindings, bind, concrete, dimension
from tensor_core.loops.nodes import PrimFunc
from tensor_core.prim import Var
from tensor_core.program import RunKernel
from tensor_core.shapes import Shape
from tensor_core.types import TensorType

_Sizes = tuple[Bindings, list[tuple[int, ...]]]
"""What a kernel's variables are, and the shapes of its results."""

_MOST = 64
"""Combinations of sizes that a step remembers."""


class KernelStep:
    """Runs compiled code, or the interpreter for a kernel that cannot be compiled.

    ``expected``: shapes and types of the arguments; ``static``: those of the results where all sizes are known.
    """

    def __init__(self, item: RunKernel, compiled: Compiled | None, arena: Arena, thread_count: int = 1) -> None:
        kernel = item.kernel
        count = len(kernel.params) - kernel.outputs
        if count != len(item.args) or kernel.outputs != len(item.outs):
            raise fail(codes.MALFORMED_KERNEL, f"kernel {kernel.name} is called with the wrong number of arrays")
        self.item = item
        self.compiled = compiled
        self._arena = arena
        self._threads = thread_count
        self.expected = [(b.shape, dtypes.to_numpy(b.dtype)) for b in kernel.params[:count]]
        self._results = [(b.shape, dtypes.to_numpy(b.dtype)) for b in kernel.params[count:]]
        fixed = not kernel.scalars and all(shapes.is_static(buffer.shape) for buffer in kernel.params)
        self._undetermined = () if fixed else undetermined(kernel)
        mentioned = [*kernel.scalars, *self._undetermined]
        mentioned += [var for type_ in item.types for dim in type_.shape for var in shapes.free_vars(dim)]
        self._around = tuple(dict.fromkeys(mentioned))
        self._remembers = not (item.scalars or item.into)
        self._known: dict[tuple[Any, ...], _Sizes] = {}
        # Code found in the cache may have been made for an equal kernel, whose variables are others.
        known = interface(kernel) if compiled else Interface((), 0)
        self._variables, self._scratch = known.variables, known.scratch
        agrees = all(type_.shape == shape for type_, (shape, _) in zip(item.types, self._results, strict=True))
        self.static: list[tuple[tuple[int, ...], np.dtype[Any]]] | None = None
        if compiled is not None and fixed and agrees:
            self.static = [(shapes.static(shape), dtype) for shape, dtype in self._results]

    def run(self, frame: Frame) -> None:
        """Check the arguments, allocate the results, call."""
        if self.static is None or self.compiled is None:
            self._run_symbolic(frame)
            return
        item, registers = self.item, frame.registers
        pointers: list[int] = []
        for register, (shape, dtype) in zip(item.args, self.expected, strict=True):
            array = registers[register]
            if not is_array(array) or array.shape != shape or array.dtype != dtype:
                raise self.mismatch(register, array, shape, dtype)
            pointers.append(frame.addresses[register] or frame.address(register))
        for place, (shape, dtype) in enumerate(self.static):
            pointers.append(self._output(place, shape, dtype, frame))
        pointers.append(self._arena.address(dimension(self._scratch, {})) if self._scratch else 0)
        self._call(pointers)

    def _call(self, arguments: list[int]) -> None:
        assert self.compiled is not None
        if self._threads > 1 and self.compiled.stages:
            threads.run_one(self.compiled.entry, arguments, self.compiled.stages, self._threads)
        else:
            self.compiled.call(*arguments)

    def _run_symbolic(self, frame: Frame) -> None:
        item = self.item
        arrays = [frame.registers[register] for register in item.args]
        for register, array, (shape, dtype) in zip(item.args, arrays, self.expected, strict=True):
            if not is_array(array) or array.dtype != dtype:
                raise self.mismatch(register, array, shape, dtype)
        sizes, wanted = self._remembered(arrays, frame)
        if self.compiled is None:
            self._interpret(arrays, wanted, sizes, frame)
            return
        pointers = [frame.address(register) for register in item.args]
        for place, (shape, (_, dtype)) in enumerate(zip(wanted, self._results, strict=True)):
            pointers.append(self._output(place, shape, dtype, frame))
        pointers.append(self._arena.address(dimension(self._scratch, sizes)))
        self._call([*pointers, *(sizes[var] for var in self._variables)])

    def _remembered(self, arrays: Sequence[Array], frame: Frame) -> _Sizes:
        """What :meth:`_sizes` says, found again for equal shapes and sizes around."""
        if not self._remembers:
            return self._sizes(arrays, frame)
        around = frame.sizes
        key = (*[array.shape for array in arrays], *[around.get(var) for var in self._around])
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[key] = self._sizes(arrays, frame)
        elif not frame.closed:
            around.update(found[0])
        return found

    def _sizes(self, arrays: Sequence[Array], frame: Frame) -> _Sizes:
        """What the kernel's variables are, and the shapes of its results."""
        item, kernel = self.item, self.item.kernel
        inputs = [(b.name, b.shape, array.shape) for b, array in zip(kernel.params, arrays, strict=False)]
        results = kernel.params[len(arrays) :]
        if frame.closed:
            scalars = [frame.registers[register] for register in item.scalars]
            known: Bindings = {var: frame.sizes[var] for var in self._undetermined if var in frame.sizes}
            known |= dict(zip(kernel.scalars, map(int, scalars), strict=bool(scalars)))
            wanted = [self._wanted(place, frame) for place in range(len(results))]
            outputs = [(b.name, b.shape, s) for b, s in zip(results, wanted, strict=True)]
            return bind([*inputs, *outputs], known), wanted
        sizes = bind(inputs)
        around = {**frame.sizes, **sizes}
        sizes |= {var: dimension(var, around) for var in kernel.scalars}
        wanted = [concrete(type_.shape, around) for type_ in item.types]
        sizes = bind(((b.name, b.shape, s) for b, s in zip(results, wanted, strict=True)), known=sizes)
        frame.sizes.update(sizes)
        return sizes, wanted

    def _wanted(self, place: int, frame: Frame) -> tuple[int, ...]:
        given = self.item.into[place] if self.item.into else None
        if given is None:
            return concrete(self.item.types[place].shape, frame.sizes)
        return frame.registers[given].shape

    def _output(self, place: int, shape: tuple[int, ...], dtype: np.dtype[Any], frame: Frame) -> int:
        """Put the array for one output into its register; answers the address."""
        item = self.item
        source = item.into[place] if item.into else None
        if source is None:
            array, address = self._arena.allocate(shape, dtype)
        else:
            array, address = frame.registers[source], frame.address(source)
            if not is_array(array) or array.shape != shape or array.dtype != dtype:
                name = item.kernel.params[len(item.args) + place].name
                wanted = f"{dtype.name} array of shape {shape}"
                raise fail(
                    codes.EXECUTION_FAILED, f"kernel {item.kernel.name}: {name} is {describe(array)}, not a {wanted}"
                )
        frame.put(item.outs[place], array, address)
        return address

    def _interpret(
        self, arrays: Sequence[Array], wanted: Sequence[tuple[int, ...]], sizes: Bindings, frame: Frame
    ) -> None:
        kernel, item = self.item.kernel, self.item
        results = kernel.params[len(arrays) :]
        types = [TensorType(shape, b.dtype) for b, shape in zip(results, wanted, strict=True)]
        into = [None if register is None else frame.registers[register] for register in item.into]
        for place, (shape, (_, dtype)) in enumerate(zip(wanted, self._results, strict=True)):
            if into and into[place] is not None:
                self._output(place, shape, dtype, frame)
        try:
            values = interpret.run(kernel, arrays, types, sizes, into)
        except (ArithmeticError, IndexError, TypeError, ValueError) as error:
            raise fail(codes.EXECUTION_FAILED, f"kernel {kernel.name} cannot be computed on these types") from error
        for out, array in zip(item.outs, values, strict=True):
            frame.put(out, array)

    @property
    def scratch_size(self) -> int:
        """Bytes of scratch memory of a kernel of fixed sizes."""
        return dimension(self._scratch, {})

    def mismatch(self, register: int, value: Value, shape: Shape, dtype: np.dtype[Any]) -> Exception:
        """The error for a value that is not what the kernel wants."""
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


def undetermined(kernel: PrimFunc) -> tuple[Var, ...]:
    """The variables of a kernel that no dimension is on its own: they are sizes of the function that runs it."""
    dims = [dim for buffer in kernel.params for dim in buffer.shape]
    alone = {dim for dim in dims if isinstance(dim, Var)}
    mentioned = [*(var for dim in dims for var in shapes.free_vars(dim)), *kernel.scalars]
    return tuple(dict.fromkeys(var for var in mentioned if var not in alone))
