"""Weights of a program's large kernels, laid out for the lanes: constants once, others in every run."""

from __future__ import annotations

from dataclasses import replace

from cpu_backend.arrays import Array, is_array
from cpu_backend.panels import Panels, packing_kernel, panels
from tensor_core.loops.measure import points
from tensor_core.loops.nodes import PrimFunc
from tensor_core.program import Body, Choose, Instruction, LoadConstant, Program, ProgramFunction, Register, RunKernel

LEAST = 1 << 17
"""Points of iteration from which a kernel's time is worth the copy of a weight."""


def prepacked(program: Program, vector_bits: int, least: int = LEAST) -> Program:
    """The program with weights in panels for a processor's vectors, in kernels of at least so many points."""
    packing = _Packing(vector_bits, least)
    return Program({name: packing.function(function) for name, function in program.functions.items()})


class _Packing:
    def __init__(self, vector_bits: int, least: int) -> None:
        self._bits = vector_bits
        self._least = least
        self._work: dict[PrimFunc, int] = {}
        self._known: dict[tuple[PrimFunc, int], Panels | None] = {}
        self._kernels: dict[PrimFunc, PrimFunc | None] = {}
        self._packed: dict[tuple[int, tuple[int, ...]], Array] = {}
        self._next = 0
        self._constants: dict[Register, Array] = {}

    def function(self, function: ProgramFunction) -> ProgramFunction:
        """The function over packed weights, the function itself if it has none."""
        self._next = function.registers
        self._constants = {}
        body = self._body(function.body)
        return function if body is function.body else replace(function, body=body, registers=self._next)

    def _body(self, body: Body) -> Body:
        code: list[Instruction] = []
        for item in body.code:
            match item:
                case LoadConstant() if is_array(item.value):
                    self._constants[item.out] = item.value
                    code.append(item)
                case RunKernel():
                    code += self._kernel(item)
                case Choose():
                    arms = self._body(item.then), self._body(item.otherwise)
                    same = arms[0] is item.then and arms[1] is item.otherwise
                    code.append(item if same else replace(item, then=arms[0], otherwise=arms[1]))
                case _:
                    code.append(item)
        same = len(code) == len(body.code) and all(new is old for new, old in zip(code, body.code, strict=True))
        return body if same else replace(body, code=tuple(code))

    def _kernel(self, item: RunKernel) -> list[Instruction]:
        if item.kernel not in self._work:
            self._work[item.kernel] = points(item.kernel)
        if self._work[item.kernel] < self._least:
            return [item]
        for place, register in enumerate(item.args):
            weight = self._constants.get(register)
            found = None if weight is None else self._panels(item.kernel, place)
            if weight is not None and found is not None:
                packed, made = self._next, self._pack(weight, found)
                self._next += 1
                args = (*item.args[:place], packed, *item.args[place + 1 :])
                return [LoadConstant(packed, made), replace(item, kernel=found.kernel, args=args)]
        if item.kernel not in self._kernels:
            self._kernels[item.kernel] = packing_kernel(item.kernel, self._bits)
        kernel = self._kernels[item.kernel]
        return [item if kernel is None else replace(item, kernel=kernel)]

    def _pack(self, weight: Array, found: Panels) -> Array:
        key = (id(weight), found.order)
        if key not in self._packed:
            self._packed[key] = found.pack(weight)
        return self._packed[key]

    def _panels(self, kernel: PrimFunc, place: int) -> Panels | None:
        key = (kernel, place)
        if key not in self._known:
            self._known[key] = panels(kernel, place, self._bits)
        return self._known[key]
