"""What a transformation may not do to a module, whatever it computes: break its rules, its types, its closed parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import relax_core.structural
import relay_compat.structural
from migrate.execution import parameters
from migrate.reading import is_relax
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import Transform
from migrate.verify.properties.property import Check, Property
from migrate.verify.verdict import Outcome
from relax_core import well_formed
from relax_core.ir.types import TensorType as Shapeless
from relax_core.types.plain import plain
from relay_compat.ir.expr import Function
from relay_compat.passes.fuse_ops import FuseOps
from relay_compat.structural import structural_equal
from relay_compat.types.infer import infer_types
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.shapes import AnyDim, is_static
from tensor_core.types import TensorType, TupleType, same_type

FINE = Check(Outcome.EXACT)


def failed(stage: str, reason: str) -> Check:
    """The check of a property that does not hold; the stage is its key."""
    return Check(Outcome.DIFFERENT, f"{stage}: {reason}", stage)


def refused(stage: str, error: DiagnosticError) -> Check:
    """The check of a property whose program was refused on the way."""
    return failed(f"{stage}: {error.diagnostics[0].code.id}", str(error))


def keeps_types(name: str, transform: Transform, before: Transform | None = None) -> Property:
    """``transform(module)`` obeys the rules of its IR, and ``main`` takes and gives what it did, or what it does in
    ``before(module)``.
    """

    def check(program: Program) -> Check:
        try:
            after = transform(program.module)
            if is_relax(after):
                breaches = well_formed.check(after)
                if breaches:
                    return failed(f"{name}: ill-formed", str(breaches[0]))
            else:
                after = infer_types(after)
            given = program.module if before is None else before(program.module)
            wanted, found = _signature(given), _signature(after)
            if len(wanted) > len(found):
                return failed(f"{name}: signature", f"{len(found) - 1} parameters instead of {len(wanted) - 1}")
            # The converter makes parameters of large constants; those come after the program's own.
            pairs = [*zip(wanted[:-1], found[:-1], strict=False), (wanted[-1], found[-1])]
            wrong = next(((a, b) for a, b in pairs if not _fits(a, b)), None)
            if wrong is not None:
                return failed(f"{name}: signature", f"{wrong[1]} instead of {wrong[0]}")
        except DiagnosticError as error:
            return refused(name, error)
        return FINE

    return Property(f"{name} keeps types", check)


def leaves_primitive_functions(name: str, transform: Transform, mark: Transform | None = None) -> Property:
    """What is inside of functions marked Primitive, which are kernels to be, stays as it is.

    ``mark`` makes them, by default FuseOps.
    """
    mark = mark or FuseOps()

    def check(program: Program) -> Check:
        try:
            marked = mark(program.module)
            before, after = _primitives(marked), _primitives(transform(marked))
        except DiagnosticError as error:
            return refused(name, error)
        if not all(any(structural_equal(function, one) for one in before) for function in after):
            return failed(f"{name}: primitive function changed", "a function marked Primitive is not what it was")
        return Check(Outcome.EXACT, changed=bool(before))

    return Property(f"{name} leaves primitive functions", check)


def promises(name: str, transform: Transform, promise: Callable[[IRModule], str]) -> Property:
    """Nothing is left of what a pass promises to deal with; ``promise(module)`` says what still is, or nothing."""

    def check(program: Program) -> Check:
        try:
            wrong = promise(transform(program.module))
        except DiagnosticError as error:
            return refused(name, error)
        return failed(f"{name}: promise broken", wrong) if wrong else FINE

    return Property(f"{name} keeps its promise", check)


def idempotent(name: str, transform: Transform, before: Transform) -> Property:
    """A second run of ``transform`` on ``before(module)`` changes nothing: for passes that leave nothing to do."""

    def check(program: Program) -> Check:
        try:
            given = before(program.module)
            once = transform(given)
            twice = transform(once)
        except DiagnosticError as error:
            return refused(name, error)
        if not equal(once, twice):
            return failed(f"{name}: changes its own result", "the second run gives another module than the first")
        return Check(Outcome.EXACT, changed=once is not given)

    return Property(f"{name} twice", check)


def equal(left: IRModule, right: IRModule) -> bool:
    """Whether two modules of one IR are structurally equal.

    Relay's comparison meets the type variables of data types in functions before it meets their definitions.
    """
    both: tuple[Any, Any] = left, right
    if is_relax(left):
        return relax_core.structural.structural_equal(*both)
    return relay_compat.structural.structural_equal(*both, map_free_vars=True)


def _signature(module: IRModule) -> list[Any]:
    function: Any = module["main"]
    types = [type_ for _, type_ in parameters(module)]
    result = function.ret_ty if is_relax(module) else function.ret_type or function.body.checked
    return [*types, plain(result) if is_relax(module) and result is not None else result]


def _fits(wanted: Any, found: Any) -> bool:
    """Whether a type says what was wanted, or more: an open dimension of Relay has a name in Relax, or, where that is
    unknown outside of the function, no dimension is told.
    """
    if wanted is None or found is None:
        return wanted is None
    if isinstance(wanted, TupleType) and isinstance(found, TupleType) and len(wanted.fields) == len(found.fields):
        return all(map(_fits, wanted.fields, found.fields))
    if isinstance(wanted, Shapeless) and isinstance(found, TensorType):
        return (found.rank, found.dtype) == (wanted.ndim, wanted.dtype)
    if isinstance(found, Shapeless) and isinstance(wanted, TensorType):
        return (found.ndim, found.dtype) == (wanted.rank, wanted.dtype) and not is_static(wanted.shape)
    if not (isinstance(wanted, TensorType) and isinstance(found, TensorType)) or wanted.rank != found.rank:
        return same_type(wanted, found)
    dims = zip(wanted.shape, found.shape, strict=True)
    known = (other if isinstance(dim, AnyDim) else dim for dim, other in dims)
    return same_type(TensorType(tuple(known), wanted.dtype), found)


def _primitives(module: IRModule) -> list[Function]:
    nodes = reachable(*[function for function in module.functions.values() if isinstance(function, Function)])
    return [node for node in nodes if isinstance(node, Function) and node.attrs.get("Primitive")]
