"""A model on its way from Relay to Relax, one function after the other, each state verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import relax_core.ir.expr as relax
from migrate.execution import Args
from migrate.mixed.evidence import Case, Evidence, judge
from migrate.mixed.merge import mentioned
from migrate.mixed.module import MixedModule, checked, convert_function, take
from migrate.report.model import Report
from migrate.ticker import Ticker, silent
from migrate.verify.check import verify
from migrate.verify.verdict import Outcome
from tensor_core import codes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, did_you_mean, fail
from tensor_core.module import IRModule
from tensor_core.node import post_order

Order = Literal["callees", "callers"] | Sequence[str]


@dataclass(frozen=True, slots=True)
class Move:
    """What came of one function.

    ``outcome``: the verdict on the state with this function moved; ``DIFFERENT`` takes it back. None where there was
    no state to judge: the function cannot be Relax, see ``diagnostics``. ``calls`` of the function were judged one by
    one beside the program as a whole. ``witness``: the first wrong op, where it could be found.
    """

    function: str
    outcome: Outcome | None
    reason: str = ""
    calls: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    report: Report | None = None
    witness: str = ""

    @property
    def moved(self) -> bool:
        """Whether the function is Relax from here on."""
        return self.outcome not in (None, Outcome.DIFFERENT)

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        ops = {} if self.report is None else {said.value: n for said, n in self.report.counts.items() if n}
        return {
            "function": self.function,
            "moved": self.moved,
            "outcome": "refused" if self.outcome is None else self.outcome.value,
            "reason": self.reason,
            "calls": self.calls,
            "witness": self.witness,
            "ops": ops,
            "assumptions": [] if self.report is None else [item.to_json() for item in self.report.assumptions],
            "diagnostics": [item.to_json() for item in self.diagnostics],
        }


@dataclass(frozen=True, slots=True)
class Journey:
    """All moves in order, and the state that they lead to. ``bool`` is True when every function moved and every state
    was found equal to the all-Relay program. ``seed``: of the arguments that were drawn, if any.
    """

    moves: tuple[Move, ...]
    state: MixedModule
    seed: int | None = None

    def __bool__(self) -> bool:
        return all(move.outcome in (Outcome.EXACT, Outcome.WITHIN_BOUND) for move in self.moves)

    @property
    def first_wrong(self) -> str | None:
        """The first function whose Relax form computes something else."""
        return next((move.function for move in self.moves if move.outcome is Outcome.DIFFERENT), None)

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            "complete": bool(self),
            "functions": len(self.moves),
            "moved": sum(move.moved for move in self.moves),
            "first_wrong": self.first_wrong,
            "seed": self.seed,
            "sides": self.state.sides,
            "moves": [move.to_json() for move in self.moves],
        }


def walk(
    start: MixedModule,
    script: IRModule | None = None,
    inputs: Args | None = None,
    *,
    order: Order = "callees",
    seed: int = 0,
    entry: str = "main",
    progress: Ticker | None = None,
) -> Journey:
    """Move the functions of a program one by one, and compare each state with the program as it was in Relay.

    A function comes from ``script`` where that has it, else it is converted. One whose state differs, or that cannot
    move, stays Relay and the walk goes on without it. ``inputs``: arguments of ``entry`` by position or name; missing
    ones are drawn from ``seed``. ``order``: callees before callers, callers first, or the names of the functions to
    move. R2R0603 for a name that the program does not have; R2R0503 and R2R06xx when the Relay program does not run.
    """
    tick = progress or silent
    names = [name for name in ordered(start.source, order) if name not in start.moved]
    tick("states", 0, len(names))
    evidence = Evidence(start, inputs, seed, entry)
    ported = None if script is None else checked(start, script)
    state, moves = start, list[Move]()
    for count, name in enumerate(names, 1):
        state, move = _step(state, name, ported, evidence)
        moves.append(move)
        tick("states", count, len(names))
    return Journey(tuple(moves), state, seed if evidence.drawn else None)


def ordered(source: IRModule, order: Order) -> list[str]:
    """The functions of a program in the order in which to move them. R2R0603 for a name that none has."""
    if not isinstance(order, str):
        known = [var.name for var in source.functions]
        for name in order:
            if name not in known:
                message = f"the program has no function @{name}"
                raise fail(codes.NO_SUCH_FUNCTION, message, hint=did_you_mean(name, known) or "")
        return list(dict.fromkeys(order))
    found = _callees_first(source)
    return found if order == "callees" else found[::-1]


def _callees_first(source: IRModule) -> list[str]:
    """Callees before callers, else in the module's order."""
    places = {var: place for place, var in enumerate(source.functions)}
    order = post_order(places, lambda var: sorted(mentioned(source[var]), key=places.__getitem__))
    return [var.name for var in order]


def _step(state: MixedModule, name: str, ported: relax.IRModule | None, evidence: Evidence) -> tuple[MixedModule, Move]:
    script = ported if ported is not None and state.names[name] in ported else None
    try:
        new = convert_function(state, name) if script is None else take(state, name, script)
    except DiagnosticError as error:
        reason = error.diagnostics[0].message
        return state, Move(name, None, reason, diagnostics=tuple(error.diagnostics))
    cases = evidence.cases(name)
    outcome, reason, case = judge(new, cases, evidence.whole)
    report = new.reports.get(name)
    if outcome is not Outcome.DIFFERENT:
        return new, Move(name, outcome, reason, len(cases), report=report)
    witness = _witness(state, name, script, case)
    message = f"@{name} computes something else in Relax: {reason}"
    wrong = Diagnostic(codes.DIFFERENT, message, state.source[name].span, "it stays Relay; the others are moved")
    return state, Move(name, outcome, reason, len(cases), (wrong,), report, witness)


def _witness(state: MixedModule, name: str, script: IRModule | None, case: Case | None) -> str:
    """The first wrong op of a function, where its Relax module runs by itself."""
    if script is None or case is None or case.function != name:
        return ""
    try:
        verdict = verify(state.source, script, list(case.args), entry=name, prove=False)
    except DiagnosticError:
        return ""
    found = verdict.witness
    return "" if found is None else f"{found.left} -> {found.right or 'nothing'}"
