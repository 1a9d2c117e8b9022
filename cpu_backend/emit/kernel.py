"""One kernel as one LLVM function, behind an entry that is the same for all kernels.

The entry takes a pointer to the kernel's arguments, the number of the part to run, the number of parts, and the stage.
That of a kernel that threads can share (:func:`shared`) runs all stages for -1, none for :data:`ASK`, and returns what
stages there are: their number, times 2**:data:`STAGES`, and a bit for each that has parts. The arguments are 8 bytes
each: a pointer per parameter buffer, a pointer to scratch memory, an i64 per symbolic dimension.
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
from tensor_core.loops.nodes import Buffer, PrimFunc, Seq
from tensor_core.loops.verify import verify
from tensor_core.prim import Var
from tensor_core.shapes import Dim

ALIGNMENT = 64
"""Of every scratch buffer and every array that the machine allocates, in bytes."""


_SHARE = Share("%part", "%parts", "%stage")

STAGES = 32
"""Stages that a kernel has at most to be shared."""

ASK = -2
"""The stage for which an entry only says what stages there are."""

_SHARED = 1 << 16
"""Points of iteration from which it pays to wake other threads: some microseconds of the cheapest work. What one thread
does alone it also fetches from the others' caches.
"""


def shared(func: PrimFunc, vectors: bool) -> bool:
    """Whether threads can run a kernel together."""
    if not vectors:
        # Such code is for kernels that run once, for a short time.
        return False
    count = len(func.body.body) if isinstance(func.body, Seq) else 1
    # A block over axes of unknown size becomes several.
    return points(func) >= _SHARED and 4 * count <= STAGES


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
    is_shared = shared(func, unit.vector_bits > 0)
    stages = emitter.emit_shared(func.body, _SHARE) if is_shared else []
    if not is_shared:
        emitter.emit(func.body)
    answer = sum(1 << n for n, has_parts in enumerate(stages) if has_parts) + (len(stages) << STAGES)
    pointers = [*(bases[buffer] for buffer in func.params), "%scratch"]
    arguments = [*(("ptr", name) for name in pointers), *(("i64", name) for name in names.values())]
    slots = list(enumerate(arguments))
    if not func.allocations:
        del slots[len(func.params)], arguments[len(func.params)]
    thread = [("i64", _SHARE.part), ("i64", _SHARE.parts), ("i64", _SHARE.stage)]
    lines = [f"define i64 @{symbol}(ptr %arguments, {', '.join(f'{t} {n}' for t, n in thread)}) #0 {{", "entry:"]
    trash = [f"  {TRASH} = alloca i64"] if any(TRASH in line for line in s.lines) else []
    lines += trash if not unit.vector_bits else []
    if is_shared:
        lines.append(f"  %asked = icmp eq i64 {_SHARE.stage}, {ASK}")
        lines += ["  br i1 %asked, label %answer, label %work", "work:"]
    for place, (type_, name) in slots:
        lines.append(f"  %slot{place} = getelementptr i64, ptr %arguments, i64 {place}")
        lines.append(f"  {name} = load {type_}, ptr %slot{place}")
    if unit.vector_bits:
        # Parameters are known not to overlap; code that is not optimised would gain nothing from it.
        passed = [*arguments, *(thread if is_shared else ())]
        declared = ", ".join(f"{type_}{' noalias' if type_ == 'ptr' else ''} {name}" for type_, name in passed)
        head = [f"define internal void @{symbol}.body({declared}) #0 {{", "entry:", *trash]
        unit.functions.append("\n".join([*head, *s.lines, "  ret void", "}"]))
        lines.append(f"  call void @{symbol}.body({', '.join(f'{type_} {name}' for type_, name in passed)})")
    else:
        lines += s.lines
    lines += ["  br label %answer", "answer:"] if is_shared else []
    lines += [f"  ret i64 {answer}", "}"]
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
