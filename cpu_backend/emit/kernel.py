"""One kernel as one LLVM function, behind an entry that is the same for all kernels.

The entry takes a pointer to the kernel's arguments, the number of the part to run, the number of parts, and what their
threads meet at. The arguments are 8 bytes each: a pointer per parameter buffer, a pointer to scratch memory, an i64 per
symbolic dimension.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpu_backend.emit.frame import Frame
from cpu_backend.emit.kinds import kind
from cpu_backend.emit.memory import TRASH
from cpu_backend.emit.polynomials import Polynomials
from cpu_backend.emit.scribe import Scribe, Unit
from cpu_backend.emit.statement import Share, StatementEmitter
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.affine import Indices
from tensor_core.loops.measure import points
from tensor_core.loops.nodes import Buffer, PrimFunc
from tensor_core.loops.verify import verify
from tensor_core.prim import Var
from tensor_core.shapes import Dim

ALIGNMENT = 64
"""Of every scratch buffer and every array that the machine allocates, in bytes."""


_SHARE = Share("%part", "%parts", "%sync")

_SHARED = 1 << 16
"""Points of iteration from which it pays to wake other threads."""


def shared(func: PrimFunc) -> bool:
    """Whether threads can run a kernel together."""
    return points(func) >= _SHARED


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
    emitter = StatementEmitter(s, dict(names), bases, strict, func.allocations)
    is_shared = shared(func)
    if is_shared:
        emitter.emit_shared(func.body, _SHARE)
    else:
        emitter.emit(func.body)
    pointers = [*(bases[buffer] for buffer in func.params), "%scratch"]
    arguments = [*(("ptr", name) for name in pointers), *(("i64", name) for name in names.values())]
    thread = [("i64", _SHARE.part), ("i64", _SHARE.parts), ("ptr", _SHARE.sync)]
    entry = Scribe(unit)
    for place, (type_, name) in enumerate(arguments):
        slot = f"%slot{place}"
        entry.put(f"{slot} = getelementptr i64, ptr %arguments, i64 {place}")
        entry.put(f"{name} = load {type_}, ptr {slot}")
    head = f"define void @{symbol}(ptr %arguments, {', '.join(f'{t} {n}' for t, n in thread)}) #0 {{"
    trash = [f"  {TRASH} = alloca i64"] if any(TRASH in line for line in s.lines) else []
    if not unit.vector_bits:
        # Code that is not optimised gains nothing from parameters that are known not to overlap.
        unit.functions.append("\n".join([head, "entry:", *entry.lines, *trash, *s.lines, "  ret void", "}"]))
        return
    passed = [*arguments, *(thread if is_shared else ())]
    declared = ", ".join(f"{type_}{' noalias' if type_ == 'ptr' else ''} {name}" for type_, name in passed)
    lines = [f"define internal void @{symbol}.body({declared}) #0 {{", "entry:", *trash]
    unit.functions.append("\n".join([*lines, *s.lines, "  ret void", "}"]))
    given = ", ".join(f"{type_} {name}" for type_, name in passed)
    lines = [head, *entry.lines, f"  call void @{symbol}.body({given})", "  ret void", "}"]
    unit.functions.append("\n".join(lines))


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
