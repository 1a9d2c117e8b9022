"""Whether a result agrees with what a program computes: bit for bit, or within its measured rounding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import Any

import numpy as np

from migrate.execution import interpret, typed
from migrate.values import Array, Value, form_of, leaves, structure
from migrate.verify import condition
from migrate.verify.align import Trace
from migrate.verify.bounds import OneOp, largest, ratios, worst_ratio
from migrate.verify.condition import Condition
from migrate.verify.overflow import may_overflow
from migrate.verify.uncertain import Observed
from migrate.verify.undefined import nowhere, undefined
from migrate.verify.verdict import Outcome
from tensor_core import dtypes, reference
from tensor_core.module import IRModule
from tensor_core.observed import OpCall

_EQUAL = Outcome.EXACT, ""
_OUTSIDE = "the interpreter's own result lies outside of the bound around the exact one"
_AMPLIFIES = "the program amplifies rounding so much that"

AMBIGUOUS = "ambiguous: what differs lies behind a discontinuity that rounding may send it over"
"""The reason of results for which these arguments decide nothing, while others would."""
OVERFLOWS = "ambiguous: a sum may overflow on its way in one order of its terms, and not in another"
"""The same for sums that are finite themselves."""


def compare(
    program: IRModule, args: Sequence[Value], expected: Sequence[Array], got: Sequence[Array]
) -> tuple[Outcome, str]:
    """Judge the leaves of a result against ``expected``, those of ``program``'s own interpreter on ``args``.

    Never ``PROVED``. ``EXACT`` counts every NaN as one value and tells 0 from -0. The reason is empty unless the
    outcome is ``DIFFERENT`` or ``INCONCLUSIVE``.
    """
    return Judge(program, args, expected).judge(got)


class Judge:
    """What a program of either IR computes on its arguments, and how far from it an honest evaluation may lie.

    ``expected`` are the leaves of what its own interpreter gives for ``entry``; without them it is run. The rest is
    computed when first asked for: results that are equal to the bit cost no further run. ``trace`` is shown the
    program's own run.
    """

    def __init__(
        self,
        program: IRModule,
        args: Sequence[Value],
        expected: Sequence[Array] | None = None,
        entry: str = "main",
        trace: Trace | None = None,
    ) -> None:
        self._program = typed(program)
        self._args = args
        self._entry = entry
        self._given = expected
        self._trace = trace

    @cached_property
    def value(self) -> Value:
        """What the program's interpreter gives."""
        return self._run[0]

    @cached_property
    def expected(self) -> Sequence[Array]:
        """The leaves of :attr:`value`."""
        return leaves(self.value) if self._given is None else self._given

    def judge_value(self, got: Value) -> tuple[Outcome, str]:
        """Judge a nested result: also how it is nested, and by which constructors its data were made."""
        return self._misshapen(got) or self.judge(leaves(got))

    def _misshapen(self, got: Value) -> tuple[Outcome, str] | None:
        ours, theirs = form_of(self.value), form_of(got)
        if ours != theirs:
            pair = next(pair for pair in zip_longest(ours, theirs, fillvalue="nothing") if pair[0] != pair[1])
            return Outcome.DIFFERENT, f"expected {pair[0]}, got {pair[1]}"
        if "a function" in ours:
            return Outcome.INCONCLUSIVE, "the result holds functions, which cannot be compared"
        return None

    def judge(self, got: Sequence[Array]) -> tuple[Outcome, str]:
        """As :func:`compare`. Integers behind floats may differ where rounding moves them over a discontinuity;
        elements that TVM leaves undefined are not compared.
        """
        found = self.equal(self.expected, got) or self.within(got)
        return self._decided(self.expected, got) if found[0] is Outcome.WITHIN_BOUND else found

    def of_two(self, ours: Sequence[Array], theirs: Sequence[Array]) -> tuple[Outcome, str]:
        """Judge two results of other origins: ``EXACT`` when they are equal, else the worse of both verdicts."""
        found = self.equal(ours, theirs)
        if found is not None:
            return found
        for result in (ours, theirs):
            found = self.within(result)
            if found[0] is not Outcome.WITHIN_BOUND:
                return found
        return self._decided(ours, theirs)

    def of_sides(self, ours: Value, theirs: Value) -> tuple[Outcome, str]:
        """Judge what two sides give, each against the exact values even where they are equal, unless that is to the bit
        what the interpreter gives, too.
        """
        for result in (ours, theirs):
            found = self._misshapen(result)
            if found is not None:
                return found
        a, b = leaves(ours), leaves(theirs)
        if list(map(structure, a)) != list(map(structure, b)):
            return Outcome.DIFFERENT, "the results have different shapes or element types"
        for result in (a, b):
            found = _EQUAL if all(map(same_bits, self.expected, result)) else self.within(result)
            if found[0] not in (Outcome.EXACT, Outcome.WITHIN_BOUND):
                return found
        return self.equal(a, b) or self._decided(a, b)

    def equal(self, a: Sequence[Array], b: Sequence[Array]) -> tuple[Outcome, str] | None:
        """The verdict on two results that are equal to the bit, or must be and are not; None where rounding decides."""
        if list(map(structure, a)) != list(map(structure, b)):
            return Outcome.DIFFERENT, f"expected {_shown(a)}, got {_shown(b)}"
        if all(map(same_bits, a, b)):
            return Outcome.EXACT, ""
        b = [np.where(open_, x, y) for open_, x, y in zip(self.open, a, b, strict=True)]
        if all(map(same_bits, a, b)):
            return Outcome.EXACT, ""
        return None if self.rounds else (Outcome.DIFFERENT, _first_difference(a, b))

    def within(self, got: Sequence[Array]) -> tuple[Outcome, str]:
        """Whether a result lies as near to the exact one as its rounding lets it: ``WITHIN_BOUND``, ``DIFFERENT``, or
        ``INCONCLUSIVE`` where rounding may have sent what differs to the other side of a discontinuity.
        """
        if list(map(structure, self.expected)) != list(map(structure, got)):
            return Outcome.DIFFERENT, f"expected {_shown(self.expected)}, got {_shown(got)}"
        wrong = self._outside(got)
        if any(mask.any() for mask in wrong):
            ambiguous = self._at_ties(got, wrong)
            if ambiguous is None and may_overflow(self._program, self._args, self._entry):
                return Outcome.INCONCLUSIVE, OVERFLOWS
            if ambiguous is None:
                return Outcome.DIFFERENT, _first_difference(self.expected, got) or _OUTSIDE
            if ambiguous:
                return Outcome.INCONCLUSIVE, AMBIGUOUS
        return Outcome.WITHIN_BOUND, ""

    def _outside(self, got: Sequence[Array]) -> list[Array]:
        """Which elements lie outside of their bounds; no more perturbed runs than are needed to explain them all."""
        wrong: list[Array] = []
        for bounds in self._growing_bounds():
            wrong = [self._apart(n, result, bounds[n]) for n, result in enumerate(got)]
            if not any(mask.any() for mask in wrong):
                break
        return wrong

    def _apart(self, number: int, result: Array, bound: Array) -> Array:
        if _is_float(result):
            apart = ratios(result, self.exact[number], bound) > 1.0
            if self._run[1].jumps and self._only is None:
                # Where rounding sent the program's own result over an edge, another one may lie beside that.
                apart &= ratios(result, self.expected[number], bound) > 1.0
        else:
            apart = np.asarray(self.expected[number] != result)
        return np.asarray(apart & ~self.open[number])

    def _at_ties(self, got: Sequence[Array], wrong: Sequence[Array]) -> bool | None:
        """Whether floats among the wrong elements are such as rounding may move so far: then nothing is decided. None
        where an element is wrong for all that.
        """
        # Of the only op that rounds, the bound is known; floats jump only behind one that does.
        is_float = any(_is_float(r) and mask.any() for r, mask in zip(got, wrong, strict=True))
        if not self._run[1].jumps or (self._only is not None and is_float):
            return None
        for ties in self._condition.growing_ties():
            # As far from the exact result as rounding sends one, or from what it made of the program's own.
            left = [
                mask & _beyond(result, exact, spread) & _beyond(result, own, spread)
                for mask, result, exact, own, spread in zip(wrong, got, self.exact, self.expected, ties, strict=True)
            ]
            if not any(mask.any() for mask in left):
                return is_float
        return None

    def _decided(self, a: Sequence[Array], b: Sequence[Array]) -> tuple[Outcome, str]:
        """The verdict on two results within their bound: a bound too large to decide is replaced by the ceiling."""
        # The bound of one operator is no estimate: it decides, unless a smaller one was asked for.
        if self._only is not None and condition.ceiling() == condition.CEILING:
            return Outcome.WITHIN_BOUND, ""
        for number, (want, open_, x, y) in enumerate(zip(self.exact, self.open, a, b, strict=True)):
            scale = largest(want)
            ceiling = max(condition.ceiling() * scale, 2 * float(np.finfo(np.float32).tiny))
            if not _is_float(x) or worst_ratio(x[~open_], y[~open_], np.full(y[~open_].shape, ceiling)) <= 1.0:
                continue
            bound = float(self.bounds[number].max(initial=0.0))
            if bound > ceiling:
                share = f"{bound / scale:.2g}" if scale else "infinitely many"
                return Outcome.INCONCLUSIVE, f"{_AMPLIFIES} the bound, {share} of the scale, decides nothing"
        return Outcome.WITHIN_BOUND, ""

    @cached_property
    def open(self) -> list[Array]:
        """For each result, which of its elements TVM leaves undefined."""
        if not self._run[1].undefined:
            return nowhere(self.expected)
        return undefined(self._program, self._args, self.expected, self._entry)

    @cached_property
    def rounds(self) -> bool:
        """Whether an op that may round was evaluated; if none was, every bit is determined."""
        return self._condition.rounds

    @property
    def exact(self) -> list[Array]:
        """The outputs of the float64 shadow, or of the only op that rounds."""
        return self._condition.exact if self._only is None else self._of_only[0]

    @property
    def bounds(self) -> list[Array]:
        """How far an honest evaluation may lie from :attr:`exact`, element by element."""
        return self._condition.bounds if self._only is None else self._of_only[1]

    @staticmethod
    def is_amplified(reason: str) -> bool:
        """Whether a verdict is inconclusive because the bound is too large."""
        return reason.startswith(_AMPLIFIES)

    @property
    def shadow(self) -> list[Array]:
        """The outputs of the program in float64."""
        return self._condition.exact

    @staticmethod
    def of_arrays(ours: Sequence[Array], theirs: Sequence[Array]) -> tuple[Outcome, str]:
        """Judge two results of which no program is known: where floats differ, nothing is decided."""
        wrong = same(ours, theirs)
        if not wrong:
            return Outcome.EXACT, ""
        is_shaped = list(map(structure, ours)) == list(map(structure, theirs))
        if is_shaped and all(map(same_bits, *_without_floats(ours, theirs))):
            return Outcome.INCONCLUSIVE, f"without a program nothing says how far apart they may be: {wrong}"
        return Outcome.DIFFERENT, wrong

    def _growing_bounds(self) -> Iterator[list[Array]]:
        return self._condition.growing_bounds() if self._only is None else iter([self._of_only[1]])

    @cached_property
    def _run(self) -> tuple[Value, Observed]:
        seen, trace = Observed(), self._trace

        def observe(node: Any, value: Value) -> None:
            seen.observe(node, value)
            if trace is not None:
                trace.observe(node, value)

        def observe_call(node: Any, call: OpCall) -> None:
            seen.observe_call(node, call)
            if trace is not None:
                trace.observe_call(node, call)

        value = interpret(self._program, self._args, self._entry, observe=observe, observe_call=observe_call)
        return value, seen

    @cached_property
    def _condition(self) -> Condition:
        return Condition(self._program, self._args, self._entry, self.expected, self._run[1].noises)

    @cached_property
    def _only(self) -> OpCall | None:
        return self._run[1].only_uncertain(self.value)

    @cached_property
    def _of_only(self) -> tuple[list[Array], list[Array]]:
        """What the card of a program's only uncertain op says, element by element."""
        assert self._only is not None
        only = self._only
        native = reference.evaluate(only.card, only.params, only.args)
        one = OneOp(only.card, only.params, only.args, only.types, native)
        return leaves(one.exact), leaves(one.bound)


def _beyond(result: Array, wanted: Array, spread: Array) -> Array:
    return np.asarray(ratios(*(array.astype(np.float64) for array in (result, wanted, spread))) > 1.0)


def is_same(a: Array, b: Array) -> bool:
    """Whether two leaves are equal bit for bit, structure included."""
    return structure(a) == structure(b) and same_bits(a, b)


def same(expected: Sequence[Array], got: Sequence[Array]) -> str:
    """Empty when both are equal bit for bit, structure included; else what differs first."""
    if list(map(structure, expected)) != list(map(structure, got)):
        return f"expected {_shown(expected)}, got {_shown(got)}"
    return "" if all(map(same_bits, expected, got)) else _first_difference(expected, got)


def _without_floats(a: Sequence[Array], b: Sequence[Array]) -> tuple[list[Array], list[Array]]:
    return [item for item in a if not _is_float(item)], [item for item in b if not _is_float(item)]


def _is_float(array: Array) -> bool:
    return dtypes.is_float(dtypes.from_numpy(array.dtype))


def same_bits(a: Array, b: Array) -> bool:
    """Whether two arrays of one structure are equal bit for bit; every NaN is one value."""
    if not _is_float(a):
        return bool(np.array_equal(a, b))
    return bool(np.array_equal(a, b, equal_nan=True)) and bool(
        np.array_equal(np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)]))
    )


def _first_difference(expected: Sequence[Array], got: Sequence[Array]) -> str:
    for number, (a, b) in enumerate(zip(expected, got, strict=True)):
        if not same_bits(a, b):
            return f"output {number}: expected {a.tolist()}, got {b.tolist()}"
    return ""


def _shown(arrays: Sequence[Array]) -> str:
    return ", ".join(f"{array.dtype}{list(array.shape)}" for array in arrays)
