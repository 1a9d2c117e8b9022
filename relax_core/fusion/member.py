"""One call in a group: what the parameters and sizes of its tensor program stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NoReturn, TypeAlias, cast

from relax_core.ir.expr import Call, PrimFunc
from relax_core.ir.types import TensorType, TupleType, Type
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.prim import PrimExpr, Var
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.functor import variables
from tensor_core.tir.unify import unify

Held: TypeAlias = "Buffer | PrimExpr | tuple[Held, ...]"
"""What a variable of the function is in the program: an array, a scalar, or a tuple of these."""


class Member:
    """One call: what the parameters and symbolic variables of its program stand for."""

    def __init__(self, program: PrimFunc, call: Call) -> None:
        self.program = program
        self.values: dict[Var, PrimExpr] = {}
        self.buffers: dict[Buffer, Buffer] = {}
        self._call = call

    def _refuse(self, what: str) -> NoReturn:
        name = getattr(self._call.args[0], "name", "")
        raise fail(codes.TYPE_MISMATCH, f"tensor program {name}: {what}", self._call.span)

    def results(self, inputs: int, in_place: Sequence[int]) -> list[Buffer]:
        """The buffers of the results, given the number of arguments and the places that results are written to."""
        following = iter(range(inputs, len(self.program.params)))
        count = len(list(tensors(self._call)))
        places = [next(following) if place < 0 else place for place in in_place or [-1] * count]
        found = [self.program.buffer_map.get(self.program.params[place]) for place in places]
        if None in found:
            self._refuse("a result is no array")
        return cast("list[Buffer]", found)

    def take(self, params: Sequence[Var], given: Sequence[Held]) -> None:
        """The arguments that parameters get."""
        buffers = self.program.buffer_map
        # A scalar tells a variable outright, a shape may only hold an expression of it.
        for param, value in sorted(zip(params, given, strict=False), key=lambda pair: pair[0] in buffers):
            buffer = buffers.get(param)
            if buffer is not None and isinstance(value, Buffer):
                self.match(buffer, value)
            elif buffer is not None or not isinstance(value, PrimExpr) or not unify(param, value, self.values):
                self._refuse(f"its parameter {param.name} does not take what it is given")

    def match(self, buffer: Buffer, value: Buffer) -> None:
        """The array that a parameter is."""
        fits = len(buffer.shape) == len(value.shape) and buffer.dtype == value.dtype
        if not fits or not all(unify(a, b, self.values) for a, b in zip(buffer.shape, value.shape, strict=True)):
            self._refuse(f"{buffer.name} has another shape than what it is given")
        self.buffers[buffer] = value

    def check(self) -> None:
        """Whatever the signature names must be known."""
        named = [param for param in self.program.params if param not in self.program.buffer_map]
        for buffer in self.buffers:
            for dim in (*buffer.shape, *buffer.strides, buffer.elem_offset):
                named += variables(dim)
        for var in named:
            if var not in self.values:
                self._refuse(f"what it is given does not tell {var.name}")


def tensors(call: Call) -> Iterator[TensorType]:
    """The types of the results of a call, one by one."""
    stack: list[Type] = list(reversed(call.ty_args))
    while stack:
        item = stack.pop()
        if isinstance(item, TupleType):
            stack += reversed(item.fields)
        elif isinstance(item, TensorType):
            yield item
