"""Conversions and passes change nothing that is computed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from migrate.execution import Executor, bind_args, execute
from migrate.forward.convert import convert
from migrate.values import Array, leaves
from migrate.verify.agree import compare, same
from migrate.verify.effects import moved
from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.properties.steps import TooManySteps, of_given
from migrate.verify.verdict import Outcome
from tensor_core.diagnostics import DiagnosticError
from tensor_core.effects import traced
from tensor_core.loops.known import forget as forget_kernels
from tensor_core.module import IRModule

Transform = Callable[[IRModule], IRModule]
"""What takes a module and gives another that computes the same."""


_ORDER = (Outcome.PROVED, Outcome.EXACT, Outcome.WITHIN_BOUND, Outcome.INCONCLUSIVE, Outcome.DIFFERENT)


_last: tuple[tuple[Any, ...], IRModule] | None = None
"""What was converted last, and what it became: most properties ask for the conversion of the one program at hand."""


def to_relax(module: IRModule, target: str = "0.27") -> IRModule:
    """The whole module in Relax; DiagnosticError when something of it cannot be converted."""
    global _last
    parts = _parts(module, target)
    known = _last
    if known is not None and len(known[0]) == len(parts) and all(map(operator.is_, known[0], parts)):
        return known[1].copy()
    result = convert(module, target)
    if not result.report.complete:
        raise DiagnosticError(*result.report.diagnostics)
    _last = parts, result.module.copy()
    return result.module


def forget() -> None:
    """Convert again what was converted last, and make its kernels anew: for those who change code in between."""
    global _last
    _last = None
    forget_kernels()


def _parts(module: IRModule, target: str) -> tuple[Any, ...]:
    """What a conversion follows from. The modules that hold it can be changed; it cannot."""
    tables = (module.functions, module.type_definitions, module.attrs, module.global_infos, module.params)
    return target, module.release, *(item for table in tables for pair in table.items() for item in pair)


def keeps_meaning(
    name: str,
    transform: Transform,
    executors: tuple[Executor, ...] = ("interpreter",),
    *,
    exact: bool = False,
    before: Transform | None = None,
    effects: bool = True,
) -> Property:
    """``transform(module)``, of whichever IR, computes what ``module`` does by its own interpreter.

    ``exact``: to the bit what ``before(module)``, or ``module``, does, as a pass whose contract is exact promises for
    one set of kernels. ``effects``: it also does what ``module`` does to references and to the outside, in that order.
    What takes twenty times the steps of ``module`` in an interpreter is taken for endless.
    """

    def moved_bits(program: Program, got: Sequence[Array]) -> str:
        start = program.module if before is None else before(program.module)
        values = bind_args(start, program.args)
        return same(leaves(execute(start, values, executor="interpreter")), got)

    def check(program: Program) -> Check:
        taken = of_given()
        with traced() as done:
            expected = leaves(execute(program.module, program.args, executor="interpreter", observe=taken.observe))
        stage, worst = name, Outcome.EXACT
        try:
            after = transform(program.module)
            values = bind_args(after, program.args)
            for executor in executors:
                stage = f"{name}, {executor}"
                # Compiled code shows its steps at the price of copies, and is run after or beside the interpreter.
                observe = taken.of_another().observe if executor == "interpreter" else None
                with traced() as does:
                    got = leaves(execute(after, values, executor=executor, observe=observe))
                outcome, reason = compare(program.module, program.args, expected, got)
                if exact and outcome is not Outcome.EXACT and (bits := moved_bits(program, got)):
                    outcome, reason = Outcome.DIFFERENT, f"a pass that is exact moves bits: {bits}"
                if effects and outcome is not Outcome.DIFFERENT and (lost := moved(done.events, does.events)):
                    return Check(Outcome.DIFFERENT, f"{stage}: {lost}", f"{stage}: effects")
                worst = max(worst, outcome, key=_ORDER.index)
                if outcome in (Outcome.DIFFERENT, Outcome.INCONCLUSIVE):
                    return Check(
                        outcome, f"{stage}: {reason}", f"{stage}: {outcome.value}", after is not program.module
                    )
        except DiagnosticError as error:
            return Check(Outcome.DIFFERENT, f"{stage}: {error}", f"{stage}: {error.diagnostics[0].code.id}")
        except TooManySteps as error:
            return Check(Outcome.DIFFERENT, f"{stage}: does not end: {error}", f"{stage}: endless")
        return Check(worst, changed=after is not program.module)

    return Property(name, check)


def conversion(convert: Transform = to_relax, executors: tuple[Executor, ...] = ("interpreter",)) -> Property:
    """The converted module computes what the Relay module does."""
    return keeps_meaning("conversion", convert, executors)
