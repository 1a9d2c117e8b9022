"""Verify that two programs compute the same: every op on the reference's own inputs, and both programs end to end.

The left side is the reference: its interpreter says what is right, its observed calls what each op is to give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from migrate.execution import Args, Observer, bind_args, check_args, compiled, execute, known_args, parameters, typed
from migrate.forward.convert import convert
from migrate.reading import is_relax
from migrate.ticker import Ticker, silent
from migrate.values import Value, leaves
from migrate.verify import shadow
from migrate.verify.agree import AMBIGUOUS, OVERFLOWS, Judge
from migrate.verify.algebra import Effort, same_algebra
from migrate.verify.align import Alignment, Trace
from migrate.verify.bounds import largest
from migrate.verify.inputs import complete_inputs
from migrate.verify.layers import layers, why
from migrate.verify.origins import origins
from migrate.verify.prove import prove_equal
from migrate.verify.recorded import Recorded
from migrate.verify.sides import bound_as, check_signature
from migrate.verify.verdict import Outcome, OutputComparison, Verdict
from migrate.verify.wide import Wide, results
from migrate.verify.witness import first_wrong
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule
from tensor_core.residues import ORDER

_EFFORT = Effort(elements=1 << 12, total=1 << 16)
"""For exact arithmetic, beside which everything else is done in no time."""
DRAWS = 5
"""How often arguments are drawn before a comparison is given up as ambiguous."""


def verify(
    left: IRModule | Recorded,
    right: IRModule | Recorded | None = None,
    inputs: Args | None = None,
    seed: int = 0,
    entry: str = "main",
    progress: Ticker | None = None,
    *,
    prove: bool = True,
) -> Verdict:
    """Compare ``entry`` of two programs, ``left`` and ``right``, each a Relay module, a Relax module, or what a program
    gave when it was recorded; by default a Relay module with its own conversion.

    ``inputs``: arguments by position or name; missing ones are drawn from ``seed`` inside the domains of the ops
    they reach. With ``prove`` two modules that lower to the same program are not run at all. Else both run on the
    backend, each lowered on its own, or on their interpreters where that is not possible; the left one's interpreter is
    the reference, and with recorded outputs that of the module. Where one side has the other one's arrays bound, they
    are bound there, too. Drawn arguments that decide nothing are drawn again. ``progress`` is called with a stage's
    name, its steps done and its steps in all.
    Distances and bounds of the verdict are in units of the output's elements; ``shadow`` is a share of the scale, the
    largest magnitude of an output. Raises DiagnosticError when the two sides cannot be compared at all (R2R0503) or one
    of them cannot run (R2R06xx).

    Source: rounding is bounded op by op after Higham and Mary (A new approach to probabilistic rounding error analysis,
    2019), end to end by Monte Carlo arithmetic (Parker, 1997), exact arithmetic is modulo 2^61 - 1 (Schwartz, 1980).
    """
    if isinstance(left, Recorded) and isinstance(right, Recorded):
        return _of_recordings(left, right)
    if isinstance(left, Recorded):
        if right is None:
            raise fail(codes.BAD_INPUTS, "recorded outputs alone prove nothing", hint="give the module they are of")
        left, right = right, left
    assert not isinstance(left, Recorded)
    if right is None:
        right = _converted(left, entry)
    elif not isinstance(right, Recorded):
        left, right = bound_as(left, right, entry), bound_as(right, left, entry)
    if isinstance(right, Recorded):
        return _drawn(_AgainstRecorded(left, right, entry, progress or silent), left, inputs or right.inputs, seed)
    check_signature(left, right, entry)
    # A proof runs nothing, and would take no notice of arguments that are wrong.
    check_args(left, {} if inputs is None else inputs, entry)
    if prove:
        proof = prove_equal(left, right, entry)
        if proof:
            return Verdict(Outcome.PROVED, proof.reason, unproven=proof.unproven)
    return _drawn(_Comparison(left, right, entry, progress or silent), left, inputs, seed)


def _drawn(comparison: _Comparison | _AgainstRecorded, left: IRModule, inputs: Args | None, seed: int) -> Verdict:
    """The verdict on the given arguments; on the first drawn ones that decide something, where some are missing."""
    entry = comparison.entry
    known = known_args(left, {} if inputs is None else inputs, entry)
    is_drawn = any(value is None for value in known)
    redrawn = 0
    while True:
        args = bind_args(left, complete_inputs(left, known, entry, seed + redrawn), entry)
        verdict = comparison.on(args)
        if not is_drawn or redrawn + 1 == DRAWS or verdict.reason not in (AMBIGUOUS, OVERFLOWS):
            break
        redrawn += 1
    named = {name: value for (name, _), value in zip(parameters(left, entry), args, strict=True)}
    return replace(verdict, seed=seed + redrawn if is_drawn else None, redrawn=redrawn, inputs=named)


class _Comparison:
    """Two modules, compared on arguments."""

    def __init__(self, left: IRModule, right: IRModule, entry: str, tick: Ticker) -> None:
        self.entry = entry
        self._left, self._right = typed(left), typed(right)
        self._tick = tick
        self._origins = origins(self._left), origins(self._right)

    def on(self, args: Sequence[Value]) -> Verdict:
        """The verdict for these arguments."""
        left, right, entry, tick = self._left, self._right, self.entry, self._tick
        trace = Trace(lambda done: tick("reference", done, 0))
        judge = Judge(left, args, entry=entry, trace=trace)
        makers = [trace.makers(leaf) for leaf in leaves(judge.value)]
        alignment = Alignment(trace, args, self._origins[1], lambda done: tick("ops", done, len(trace.steps)))
        sides = _Sides(entry)
        right_args = bind_args(right, args, entry)
        given = leaves(sides.compute("right", right, right_args, alignment.observe))
        tick("end to end", 0, 1)
        wide = Wide(judge, left, right, (args, right_args), entry)
        verdict = self._end_to_end(judge, (args, right_args), sides, trace, makers, wide)
        tick("end to end", 1, 1)
        result = results(trace, makers, judge.expected, given)
        witness = first_wrong(result, trace, alignment, *self._origins)
        missed = {step.number: alignment.miss_of(step) for step in trace.steps if not step.matched}
        wrong = {number: miss for number, miss in missed.items() if miss is not None and miss.clean}
        verdict = replace(
            verdict,
            compared=sum(step.matched for step in trace.steps),
            total=len(trace.steps),
            worst=alignment.worst,
            interpreted=tuple(sides.interpreted.values()),
            by_reference=tuple(sorted(sides.by_reference)),
            layers=layers(trace, *self._origins, wrong),
        )
        verdict = _with_algebra(verdict, left, right, args, entry)
        if witness is not None:
            reason = f"first wrong op: {witness.where}"
            return replace(verdict, outcome=Outcome.DIFFERENT, reason=reason, witness=witness)
        return wide.judged(verdict, *self._origins)

    def _end_to_end(
        self,
        judge: Judge,
        args: Sequence[Sequence[Value]],
        sides: _Sides,
        trace: Trace,
        makers: Sequence[tuple[int, ...]],
        wide: Wide,
    ) -> Verdict:
        ours = sides.compute("left", self._left, args[0])
        theirs = sides.compute("right", self._right, args[1])
        outcome, reason = judge.of_sides(ours, theirs)
        if len(leaves(theirs)) != len(judge.expected):
            return Verdict(outcome, reason)
        outputs = _outputs(judge, leaves(ours), leaves(theirs), trace, makers)
        apart = wide.apart
        if outcome is Outcome.INCONCLUSIVE and apart <= shadow.SAME and judge.is_amplified(reason):
            told = f"{reason}; in float64 both sides are the same ({apart:.1g} of the scale apart)"
            return Verdict(Outcome.WITHIN_BOUND, told, outputs, shadow=apart)
        return Verdict(outcome, reason or _SAID[outcome], outputs, shadow=apart)


def _with_algebra(verdict: Verdict, left: IRModule, right: IRModule, args: Sequence[Value], entry: str) -> Verdict:
    """The verdict with what exact arithmetic says: no bound excuses a difference there, and where a bound is too large
    to decide, equality there does, unless it rests on comparisons.
    """
    found = same_algebra(left, right, args, entry, effort=_EFFORT)
    verdict = replace(verdict, algebra=found)
    if found.equal is False and verdict.outcome is not Outcome.DIFFERENT:
        return replace(verdict, outcome=Outcome.DIFFERENT, reason=f"{_EXACTLY} {found.why}")
    # Where numbers are compared, only one of the ways was seen that they may go.
    decides = found.equal and ORDER not in found.why
    if decides and verdict.outcome is Outcome.INCONCLUSIVE and Judge.is_amplified(verdict.reason):
        told = f"{verdict.reason}; {_EXACTLY} both sides are the same"
        return replace(verdict, outcome=Outcome.WITHIN_BOUND, reason=told)
    return verdict


_EXACTLY = "in exact arithmetic"
_SAID = {
    Outcome.EXACT: "all outputs are equal bit for bit",
    Outcome.WITHIN_BOUND: "all outputs lie within the measured bound",
}


class _AgainstRecorded:
    """A module, held to what was recorded of it."""

    def __init__(self, left: IRModule, recorded: Recorded, entry: str, tick: Ticker) -> None:
        self.entry = entry
        self._left, self._recorded, self._tick = typed(left), recorded, tick
        self._origins = origins(self._left)

    def on(self, args: Sequence[Value]) -> Verdict:
        """The verdict for these arguments."""
        trace = Trace(lambda done: self._tick("reference", done, 0))
        judge = Judge(self._left, args, entry=self.entry, trace=trace)
        makers = [trace.makers(leaf) for leaf in leaves(judge.value)]
        sides = _Sides(self.entry)
        ours, theirs = leaves(sides.compute("left", self._left, args)), list(self._recorded.outputs)
        outcome, reason = judge.of_two(ours, theirs)
        outputs = ()
        if [a.shape for a in theirs] == [a.shape for a in judge.expected]:
            outputs = _outputs(judge, ours, theirs, trace, makers)
        return Verdict(
            outcome,
            reason or _SAID[outcome],
            outputs,
            interpreted=tuple(sides.interpreted.values()),
            by_reference=tuple(sorted(sides.by_reference)),
            layers=layers(trace, self._origins, None, {}),
        )


def _of_recordings(left: Recorded, right: Recorded) -> Verdict:
    """Without a program nothing says what rounding may do."""
    outcome, reason = Judge.of_arrays(left.outputs, right.outputs)
    return Verdict(outcome, reason or _SAID[outcome])


def _outputs(
    judge: Judge,
    ours: Sequence[Value],
    theirs: Sequence[Value],
    trace: Trace,
    makers: Sequence[tuple[int, ...]],
) -> tuple[OutputComparison, ...]:
    rows: list[OutputComparison] = []
    for n, (a, b, want, limit) in enumerate(zip(ours, theirs, judge.exact, judge.bounds, strict=True)):
        with np.errstate(invalid="ignore"):
            error = 0.0 if a.shape != b.shape else largest(b.astype("float64") - a.astype("float64"))
        bound, scale = largest(limit), largest(want)
        rows.append(OutputComparison(n, error, bound, scale, why(trace, makers[n], bound, scale)))
    return tuple(rows)


def _converted(module: IRModule, entry: str) -> IRModule:
    if is_relax(module):
        raise fail(
            codes.BAD_INPUTS, "a Relax module alone is not compared with anything", hint="give the other side, too"
        )
    result = convert(module)
    if entry not in result.module:
        raise DiagnosticError(*result.report.diagnostics)
    return result.module


class _Sides:
    """Runs the sides on the backend; one that has no compiled form is interpreted and noted."""

    def __init__(self, entry: str) -> None:
        self.entry = entry
        self.interpreted: dict[str, str] = {}
        self.by_reference: set[str] = set()

    def compute(self, side: str, module: IRModule, args: Sequence[Value], observe: Observer | None = None) -> Value:
        """The result of a side."""
        try:
            machine = compiled(module, self.entry, once=True)
            value = machine.run(args, self.entry, observe=observe)
            self.by_reference.update(machine.references, machine.interpreted)
            return value
        except DiagnosticError as error:
            if any(item.code is not codes.NOT_LOWERED for item in error.diagnostics):
                raise
            self.interpreted[side] = f"the {side} side: {error.diagnostics[0].message}"
            return execute(module, args, self.entry, "interpreter", observe)
