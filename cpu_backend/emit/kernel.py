"""One kernel as one LLVM function.

Its arguments are a pointer per parameter buffer, a pointer to scratch memory, and an i64 per symbolic dimension.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpu_backend.emit.frame import Frame
from cpu_backend.emit.kinds import kind
from cpu_backend.emit.memory import TRASH
from cpu_backend.emit.polynomials import Polynomials
from cpu_backend.emit.scribe import Scribe, Unit
from cpu_backend.emit.statement import StatementEmitter
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.affine import Indices
from tensor_core.loops.nodes import Buffer, PrimFunc
from tensor_core.loops.verify import verify
from tensor_core.prim import Var
from tensor_core.shapes import Dim

ALIGNMENT = 64
"""Of every scratch buffer and every array that the machine allocates, in bytes."""


@dataclass(frozen=True, slots=True)
class Interface:
    """What a caller must know: the symbolic dimensions in argument order, the size of the scratch memory in bytes."""

    variables: tuple[Var, ...]
    scratch: Dim


def interface(func: PrimFunc) -> Interface:
    """The interface of a kernel's function."""
    return Interface(_variables(func), _layout(func)[1])


def emit_kernel(unit: Unit, func: PrimFunc, symbol: str, strict: bool = False) -> None:
    """Add a kernel to the unit. DiagnosticError with the findings of verification when it is malformed."""
    findings = verify(func)
    if findings:
        raise DiagnosticError(*findings)
    for buffer in (*func.params, *func.allocations):
        kind(buffer.dtype)
    strict = strict or func.strict
    s = Scribe(unit, contract=not strict)
    variables = _variables(func)
    bases = {buffer: f"%p{n}" for n, buffer in enumerate(func.params)}
    names = {var: f"%n{n}" for n, var in enumerate(variables)}
    _scratch(s, func, names, bases)
    StatementEmitter(s, dict(names), bases, strict).emit(func.body)
    arguments = [f"ptr noalias {bases[buffer]}" for buffer in func.params]
    arguments += ["ptr noalias %scratch", *(f"i64 {name}" for name in names.values())]
    lines = [f"define void @{symbol}({', '.join(arguments)}) #0 {{", "entry:", f"  {TRASH} = alloca i64"]
    unit.functions.append("\n".join([*lines, *s.lines, "  ret void", "}"]))


def _variables(func: PrimFunc) -> tuple[Var, ...]:
    found: dict[Var, None] = {}
    for buffer in func.params:
        for dim in buffer.shape:
            found.update(dict.fromkeys(shapes.free_vars(dim)))
    return tuple(dict.fromkeys([*found, *func.scalars]))


def _layout(func: PrimFunc) -> tuple[list[Dim], Dim]:
    """Where each allocation begins, and the size of them all, in bytes."""
    offsets: list[Dim] = []
    total: Dim = 0
    for buffer in func.allocations:
        offsets.append(total)
        size = shapes.multiply(shapes.product(buffer.shape), kind(buffer.dtype).size)
        blocks = shapes.floor_divide(shapes.add(size, ALIGNMENT - 1), ALIGNMENT)
        total = shapes.add(total, shapes.multiply(blocks, ALIGNMENT))
    return offsets, total


def _scratch(s: Scribe, func: PrimFunc, names: dict[Var, str], bases: dict[Buffer, str]) -> None:
    space = Indices()
    known = {space.variable(var): name for var, name in names.items()}
    sizes = Polynomials(s, space, Frame({}, known), lambda _: None)
    for buffer, offset in zip(func.allocations, _layout(func)[0], strict=True):
        bases[buffer] = s.op(f"getelementptr i8, ptr %scratch, i64 {sizes.scalar(space.poly(offset), ())}")
