"""What both sides are in float64, beside what they are in their own types: the same, or another program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from itertools import compress

from migrate.execution import interpret
from migrate.values import Array, Value, leaves
from migrate.verify import shadow
from migrate.verify.agree import Judge, is_same
from migrate.verify.align import Alignment, Trace
from migrate.verify.origins import Origins
from migrate.verify.shadow import Shadow
from migrate.verify.verdict import Outcome, Verdict, Witness
from migrate.verify.witness import first_wrong
from tensor_core.module import IRModule


class Wide:
    """Two sides in float64; ``judge`` is that of the left one."""

    def __init__(
        self, judge: Judge, left: IRModule, right: IRModule, args: Sequence[Sequence[Value]], entry: str
    ) -> None:
        self._judge, self._sides, self._args, self._entry = judge, (left, right), args, entry

    @cached_property
    def _left(self) -> Shadow:
        return Shadow(self._sides[0], self._args[0], self._judge.expected, self._entry, self._judge.shadow)

    @cached_property
    def _right(self) -> Shadow:
        return Shadow(self._sides[1], self._args[1], self._judge.expected, self._entry)

    @cached_property
    def apart(self) -> float:
        """How far the sides lie from each other, as a share of the scale."""
        return shadow.apart(self._left, self._right, self._judge.open)

    def judged(self, verdict: Verdict, left: Origins, right: Origins) -> Verdict:
        """A verdict, unless the sides are different ones in float64 and only the bound of their own types hides it."""
        is_decided = bool(verdict) or Judge.is_amplified(verdict.reason)
        found = shadow.difference(self._left, self._right, self._judge.open) if is_decided else None
        if found is None:
            return verdict
        witness = self._witness(left, right)
        first = f"; first wrong op there: {witness.where}" if witness is not None else ""
        return replace(verdict, outcome=Outcome.DIFFERENT, reason=f"{found}{first}", witness=witness)

    def _witness(self, left: Origins, right: Origins) -> Witness | None:
        trace, (ours, theirs) = Trace(_uncounted), self._sides
        wanted = interpret(
            ours, self._args[0], self._entry, observe=trace.observe, observe_call=trace.observe_call, floats="float64"
        )
        makers = [trace.makers(leaf) for leaf in leaves(wanted)]
        alignment = Alignment(trace, self._args[0], right, _uncounted)
        given = interpret(theirs, self._args[1], self._entry, observe=alignment.observe, floats="float64")
        return first_wrong(results(trace, makers, leaves(wanted), leaves(given)), trace, alignment, left, right)


def results(
    trace: Trace, makers: Sequence[Sequence[int]], wanted: Sequence[Array], given: Sequence[Array]
) -> tuple[int, ...]:
    """The steps that made the results which differ from what is given.

    A result that the op which made it may give is right, whatever stands in its place: a constant, say.
    """
    differs = [
        n >= len(given)
        or not (is_same(want, given[n]) or any(trace.steps[number].is_right(want, given[n]) for number in made))
        for n, (want, made) in enumerate(zip(wanted, makers, strict=True))
    ]
    return tuple(dict.fromkeys(number for made in compress(makers, differs) for number in made))


def _uncounted(done: int) -> None:
    """Shows no progress."""
    del done
