"""Functions for the sizes of their arguments, where the program leaves these open.

A kernel of symbolic sizes runs for all of them, an op on arguments of unknown type has a kernel for the types that come
(:mod:`cpu_backend.card_step`), each on its own. But once the arguments of a function have come, types are known
throughout it: its kernels are made for these at once, joined, and run as those of a function whose sizes are stated.
Sizes beyond the first :data:`_MOST` are run the other way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from cpu_backend.arrays import Value, is_data, is_tuple
from cpu_backend.card_step import kernel_for, type_of
from cpu_backend.kernel_step import undetermined
from cpu_backend.steps import match
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.binding import Bindings, bind, concrete
from tensor_core.loops.specialize import specialized
from tensor_core.program import (
    Body,
    Instruction,
    LoadConstant,
    MakeTuple,
    MatchType,
    Program,
    ProgramFunction,
    Register,
    RunCard,
    RunKernel,
    TakeItem,
    View,
)
from tensor_core.types import TensorType, TupleType, Type, leaves

_MOST = 64
"""Sizes of one function's arguments for which it is made."""


@dataclass(frozen=True, slots=True, eq=False)
class Sized:
    """A function for arguments of some sizes, and what its types' variables are then."""

    function: ProgramFunction
    sizes: Bindings


class SizedFunctions:
    """The functions of a program for the sizes that came. ``prepare`` makes a function ready to run."""

    def __init__(self, program: Program, prepare: Callable[[ProgramFunction], ProgramFunction]) -> None:
        self._prepare = prepare
        self._known: dict[str, dict[Any, Sized]] = {
            name: {} for name, function in program.functions.items() if _is_open(function)
        }

    def of(self, function: ProgramFunction, values: Sequence[Value]) -> Sized | None:
        """The function for such arguments; None where it is as good as any. R2R0602 when an argument does not fit."""
        known = self._known.get(function.name)
        if known is None or not all(map(is_data, values)):
            return None
        key = tuple(map(_sizes, values))
        found = known.get(key)
        if found is None and len(known) < _MOST:
            sizes: Bindings = {}
            items = zip(function.params, values, function.types, strict=bool(function.types))
            (function.match or match)([(f"argument {name}", value, type_) for name, value, type_ in items], sizes)
            found = known[key] = Sized(self._prepare(_Sizing(function, values, sizes).function()), sizes)
        return found


def _is_open(function: ProgramFunction) -> bool:
    return not function.captured and any(
        isinstance(item, RunCard) or (isinstance(item, RunKernel) and not _is_static(item))
        for item in function.body.code
    )


def _is_static(item: RunKernel) -> bool:
    return all(shapes.is_static(part.shape) for part in (*item.kernel.params, *item.types))


def _sizes(value: Value) -> Any:
    return tuple(map(_sizes, value)) if is_tuple(value) else (value.shape, value.dtype)


class _Sizing:
    """Puts kernels in the place of ops whose arguments have types that follow from the function's."""

    def __init__(self, function: ProgramFunction, values: Sequence[Value], sizes: Bindings) -> None:
        self._function = function
        self._sizes = dict(sizes)
        self._types: dict[Register, Type] = dict(enumerate(map(type_of, values)))
        self._next = function.registers
        self._code: list[Instruction] = []

    def function(self) -> ProgramFunction:
        """The function; ops for which there is no kernel are left."""
        for item in self._function.body.code:
            self._instruction(item)
        body = Body(tuple(self._code), self._function.body.result)
        return replace(self._function, body=body, registers=self._next)

    def _instruction(self, item: Instruction) -> None:
        types = self._types
        match item:
            case RunCard() if self._card(item):
                return
            case RunKernel():
                item = item if _is_static(item) else self._kernel(item)
                if _is_static(item):
                    types |= zip(item.outs, item.types, strict=True)
            case MatchType() if item.source in types:
                self._match(item)
            case LoadConstant() if is_data(item.value):
                types[item.out] = type_of(item.value)
            case View() if shapes.is_static(item.shape) and isinstance(source := types.get(item.source), TensorType):
                types[item.out] = TensorType(item.shape, source.dtype)
            case MakeTuple() if all(register in types for register in item.items):
                types[item.out] = TupleType(tuple(types[register] for register in item.items))
            case TakeItem() if isinstance(source := types.get(item.source), TupleType):
                types[item.out] = source.fields[item.index]
            case _:
                pass
        self._code.append(item)

    def _card(self, item: RunCard) -> bool:
        if any(register not in self._types for register in item.args):
            return False
        types = tuple(self._types[register] for register in item.args)
        try:
            found = kernel_for(item.card, item.params(types), types)
        except DiagnosticError:
            # The run says it, if it comes there.
            return False
        if found is None:
            return False
        kernel, result = found
        args = tuple(leaf for register in item.args for leaf in self._flat(register))
        outs = tuple(leaf for leaf in leaves(result) if isinstance(leaf, TensorType))
        registers = (item.out,) if isinstance(result, TensorType) else tuple(self._fresh() for _ in outs)
        self._code.append(RunKernel(kernel, args, registers, outs, item.origin))
        self._types |= zip(registers, outs, strict=True)
        if isinstance(result, TupleType):
            self._nest(item.out, result, iter(registers))
        self._types[item.out] = result
        return True

    def _kernel(self, item: RunKernel) -> RunKernel:
        """The kernel for the sizes here; the kernel as it is where these are not known."""
        known = [self._types.get(register) for register in item.args]
        # In functions that do not match by themselves kernels add to the sizes.
        if item.scalars or item.into or not self._function.match:
            return item
        try:
            types = tuple(TensorType(concrete(type_.shape, self._sizes), type_.dtype) for type_ in item.types)
            given = [*(type_ for type_ in known if isinstance(type_, TensorType)), *types]
            around = {var: self._sizes[var] for var in undetermined(item.kernel) if var in self._sizes}
            pairs = [(b.name, b.shape, shapes.static(t.shape)) for b, t in zip(item.kernel.params, given, strict=True)]
            values = bind(pairs, around)
        except (DiagnosticError, ValueError):
            return item
        return replace(item, kernel=specialized(item.kernel, values), types=types)

    def _match(self, item: MatchType) -> None:
        type_ = self._types[item.source]
        if isinstance(type_, TensorType) and isinstance(item.type, TensorType) and shapes.is_static(type_.shape):
            with suppress(DiagnosticError):
                self._sizes = bind([(item.name, item.type.shape, shapes.static(type_.shape))], self._sizes)

    def _fresh(self) -> Register:
        self._next += 1
        return self._next - 1

    def _flat(self, register: Register) -> list[Register]:
        """The registers of the arrays in a value."""
        type_ = self._types[register]
        if not isinstance(type_, TupleType):
            return [register]
        found: list[Register] = []
        for index, field in enumerate(type_.fields):
            item = self._fresh()
            self._types[item] = field
            self._code.append(TakeItem(item, register, index))
            found += self._flat(item)
        return found

    def _nest(self, out: Register, type_: TupleType, arrays: Iterator[Register]) -> None:
        """Make a tuple of arrays."""
        items: list[Register] = []
        for field in type_.fields:
            if isinstance(field, TupleType):
                items.append(self._fresh())
                self._nest(items[-1], field, arrays)
            else:
                items.append(next(arrays))
        self._code.append(MakeTuple(out, tuple(items)))
