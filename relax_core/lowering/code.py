"""The code of one function under construction: registers, and the values of leaves in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from relax_core.ir.expr import (
    Constant,
    DataTypeImm,
    Expr,
    ExternFunc,
    Function,
    GlobalVar,
    PrimValue,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.ir.types import TupleType, Type
from relax_core.lowering.shared import Shared
from relax_core.packed import External
from relax_core.run_time import dimension, scalar
from relax_core.types.deduce import type_of
from tensor_core import codes, dtypes, prim, shapes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import Declaration
from tensor_core.program import (
    Host,
    Instruction,
    LoadConstant,
    MakeClosure,
    MakeTuple,
    Register,
    RunHost,
    TakeItem,
)
from tensor_core.spans import Span

Compute = Callable[[tuple[Any, ...], Host], Any]


class Code:
    """Instructions of a function. Those of ``prologue`` run before everything else, so that branches share them."""

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.registers: dict[Var, Register] = {}
        self.count = 0
        self.instructions: list[Instruction] = []
        self.prologue: list[Instruction] = []
        self._constants: dict[Expr, Register] = {}

    def fresh(self) -> Register:
        """A register that nothing uses yet."""
        self.count += 1
        return self.count - 1

    def add(self, instruction: Instruction) -> None:
        """Append an instruction."""
        self.instructions.append(instruction)

    def host(
        self,
        name: str,
        compute: Compute,
        args: Sequence[Register] = (),
        origin: Any = None,
        is_reference: bool = False,
        key: tuple[Any, ...] | None = None,
        pure: bool = False,
    ) -> Register:
        """The value of Python code; ``is_reference`` when that is an operator's reference. ``key`` and ``pure`` are
        those of :class:`RunHost`.
        """
        out = self.fresh()
        self.add(RunHost(name, compute, tuple(args), out, origin, is_reference, key, pure))
        return out

    def constant(self, value: Any) -> Register:
        """A value that is known now."""
        out = self.fresh()
        self.prologue.append(LoadConstant(out, value))
        return out

    def leaf(self, expr: Expr, origin: Any = None) -> Register:
        """The register with the value of a leaf, of a tuple of leaves or of a projection. R2R0205 for a variable that
        is not defined yet.
        """
        match expr:
            case Var():
                found = self.registers.get(expr)
                if found is None:
                    raise fail(codes.ILL_FORMED, f"variable {expr.name} is used before it is defined", expr.span)
                return found
            case Constant():
                if expr not in self._constants:
                    self._constants[expr] = self.constant(expr.data)
                return self._constants[expr]
            case Tuple():
                items = tuple([self.leaf(item) for item in expr.fields])
                out = self.fresh()
                self.add(MakeTuple(out, items, origin))
                return out
            case TupleGetItem():
                source, out = self.leaf(expr.tuple_value), self.fresh()
                self.add(TakeItem(out, source, expr.index, origin))
                return out
            case ShapeExpr():
                return self._shape(expr)
            case PrimValue():
                return self._number(expr)
            case StringImm() | DataTypeImm():
                return self.constant(expr.value)
            case GlobalVar():
                return self._function(expr)
            case ExternFunc():
                return self.constant(External(expr.name))
            case _:
                raise self.refuse(f"a {type(expr).__name__} is no value at run time", getattr(expr, "span", None))

    def _shape(self, expr: ShapeExpr) -> Register:
        dims, span = expr.values, expr.span
        if shapes.is_static(dims):
            return self.constant(tuple(map(int, shapes.static(dims))))
        key = ("shape", *dims)
        return self.host(
            "shape", lambda _, host: tuple([dimension(dim, host.sizes, span) for dim in dims]), key=key, pure=True
        )

    def _number(self, expr: PrimValue) -> Register:
        value = expr.value
        if isinstance(value, prim.IntImm | prim.FloatImm):
            return self.constant(scalar(value, {}))
        return self.host("scalar", lambda _, host: scalar(value, host.sizes))

    def _function(self, var: GlobalVar) -> Register:
        function = self.shared.module[var]
        if not isinstance(function, Function | Declaration):
            return self.constant(function)
        out = self.fresh()
        self.add(MakeClosure(out, self.shared.called(var)))
        return out

    def array(self, expr: Expr, dtype: str) -> Register:
        """The register with a scalar as an array of rank 0."""
        wanted = dtypes.to_numpy(dtype)
        if isinstance(expr, PrimValue) and isinstance(expr.value, prim.IntImm | prim.FloatImm):
            try:
                return self.constant(np.asarray(expr.value.value, wanted))
            except OverflowError:
                raise self.refuse(f"{expr.value.value} is no {dtype}", expr.span) from None
        return self.number(self.leaf(expr), dtype)

    def number(self, register: Register, dtype: str) -> Register:
        """The register with a number as an array of rank 0."""
        wanted, key = dtypes.to_numpy(dtype), ("array", dtype)
        return self.host("array", lambda values, _: np.asarray(values[0], wanted), (register,), key=key, pure=True)

    def items(self, arg: Expr) -> list[Register]:
        """The registers of the fields of a tuple; of anything else its own."""
        if isinstance(arg, Tuple):
            return [self.leaf(field) for field in arg.fields]
        type_ = self.known(arg)
        if not isinstance(type_, TupleType):
            return [self.leaf(arg)]
        return [self._field(self.leaf(arg), index) for index in range(len(type_.fields))]

    def flat(self, args: Sequence[Expr]) -> list[tuple[Register, Type]]:
        """The registers of what the arguments hold, tuples taken apart, with their types."""
        result: list[tuple[Register, Type]] = []
        for arg in args:
            if isinstance(arg, Tuple):
                result += self.flat(arg.fields)
            else:
                result += self._parts(self.leaf(arg), self.known(arg))
        return result

    def _parts(self, register: Register, type_: Type) -> list[tuple[Register, Type]]:
        if not isinstance(type_, TupleType):
            return [(register, type_)]
        parts: list[tuple[Register, Type]] = []
        for index, field in enumerate(type_.fields):
            parts += self._parts(self._field(register, index), field)
        return parts

    def _field(self, register: Register, index: int) -> Register:
        out = self.fresh()
        self.add(TakeItem(out, register, index))
        return out

    def known(self, expr: Expr) -> Type:
        """The type of an expression; R2R0203 when it has none."""
        found = type_of(expr)
        if found is None:
            raise fail(codes.UNRESOLVED_TYPE, "an argument has no type", getattr(expr, "span", None))
        return found

    def refuse(self, message: str, span: Span | None) -> DiagnosticError:
        """The error for what has no executable form."""
        return fail(codes.NO_REFERENCE, message, span, "rewrite the program without it")
