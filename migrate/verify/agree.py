"""Whether a result agrees with what a Relay program computes: bit for bit, or within its measured rounding."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

import relay_compat.ir.expr as relay
from migrate.values import Array, Value, leaves, structure
from migrate.verify import condition
from migrate.verify.bounds import OneOp, worst_ratio
from migrate.verify.condition import Noise
from migrate.verify.uncertain import noise_of, only_uncertain, operand_types, read
from migrate.verify.undefined import undefined
from migrate.verify.verdict import Outcome
from relay_compat.interpret import evaluate
from tensor_core import dtypes, reference
from tensor_core.module import IRModule


def compare(
    program: IRModule, args: Sequence[Value], expected: Sequence[Array], got: Sequence[Array]
) -> tuple[Outcome, str]:
    """Judge the leaves of a result against ``expected``, those of ``program``'s own interpreter on ``args``.

    Never ``PROVED``. ``EXACT`` counts every NaN as one value and tells 0 from -0. The reason is empty unless the
    outcome is ``DIFFERENT`` or ``INCONCLUSIVE``.
    """
    return Judge(program, args, expected).judge(got)


class Judge:
    """What a program computes on its arguments, and how far from it an honest evaluation may lie.

    ``expected`` are the leaves of what its own interpreter gives for ``entry``. The rest is computed when first asked
    for.
    """

    def __init__(
        self, program: IRModule, args: Sequence[Value], expected: Sequence[Array], entry: str = "main"
    ) -> None:
        self._program = program
        self._args = args
        self._expected = expected
        self._entry = entry

    def judge(self, got: Sequence[Array]) -> tuple[Outcome, str]:
        """As :func:`compare`. Integers behind floats may differ where rounding moves them over a discontinuity;
        elements that TVM leaves undefined are not compared.
        """
        found = self.equal(self._expected, got) or self.within(got)
        return self._decided(self._expected, got) if found[0] is Outcome.WITHIN_BOUND else found

    def of_two(self, ours: Sequence[Array], theirs: Sequence[Array]) -> tuple[Outcome, str]:
        """Judge two results of other origins: ``EXACT`` when they are equal, else the worse of both verdicts."""
        found = self.equal(ours, theirs)
        if found is not None:
            return found
        for result in (ours, theirs):
            found = self.within(result)
            if found[0] is Outcome.DIFFERENT:
                return found
        return self._decided(ours, theirs)

    def equal(self, a: Sequence[Array], b: Sequence[Array]) -> tuple[Outcome, str] | None:
        """The verdict on two results that are equal to the bit, or must be and are not; None where rounding decides."""
        if list(map(structure, a)) != list(map(structure, b)):
            return Outcome.DIFFERENT, f"expected {_shown(a)}, got {_shown(b)}"
        if all(map(_same_bits, a, b)):
            return Outcome.EXACT, ""
        b = [np.where(open_, x, y) for open_, x, y in zip(self.open, a, b, strict=True)]
        if all(map(_same_bits, a, b)):
            return Outcome.EXACT, ""
        return None if self.rounds else (Outcome.DIFFERENT, _first_difference(a, b))

    def within(self, got: Sequence[Array]) -> tuple[Outcome, str]:
        """Whether a result lies as near to the exact one as its rounding lets it: ``WITHIN_BOUND`` or ``DIFFERENT``."""
        if list(map(structure, self._expected)) != list(map(structure, got)):
            return Outcome.DIFFERENT, f"expected {_shown(self._expected)}, got {_shown(got)}"
        exact, bounds = self._admitted
        for number, (want, bound, result) in enumerate(zip(exact, bounds, got, strict=True)):
            kept = ~self.open[number]
            if _is_float(result):
                right = worst_ratio(result[kept], want[kept], bound[kept]) <= 1.0
            else:
                right = _same_bits(self._expected[number][kept], result[kept]) or self._is_tie(number, result, kept)
            if not right:
                return Outcome.DIFFERENT, _first_difference(self._expected, got)
        return Outcome.WITHIN_BOUND, ""

    def _decided(self, a: Sequence[Array], b: Sequence[Array]) -> tuple[Outcome, str]:
        """The verdict on two results within their bound: a bound too large to decide is replaced by the ceiling."""
        if self._only is not None:
            return Outcome.WITHIN_BOUND, ""
        exact, bounds = self._admitted
        for want, bound, open_, x, y in zip(exact, bounds, self.open, a, b, strict=True):
            scale = float(np.max(np.abs(np.nan_to_num(want.astype(np.float64))), initial=0.0))
            ceiling = max(condition.CEILING * scale, 2 * float(np.finfo(np.float32).tiny))
            largest = float(bound.max(initial=0.0)) if _is_float(x) else 0.0
            if largest <= ceiling:
                continue
            if worst_ratio(x[~open_], y[~open_], np.full(y[~open_].shape, ceiling)) > 1.0:
                share = f"{largest / scale:.2g}" if scale else "infinitely many"
                reason = f"the program amplifies rounding so much that the bound, {share} of the scale, decides nothing"
                return Outcome.INCONCLUSIVE, reason
        return Outcome.WITHIN_BOUND, ""

    @cached_property
    def open(self) -> list[Array]:
        """For each result, which of its elements TVM leaves undefined."""
        return undefined(self._program, self._args, self._expected, self._entry)

    @cached_property
    def rounds(self) -> bool:
        """Whether an op that may round was evaluated; if none was, every bit is determined."""
        return any(noise.size > 0 for noise in self._noises.values())

    @cached_property
    def _noises(self) -> dict[relay.Call, Noise]:
        calls: dict[relay.Call, None] = {}
        evaluate(self._program, self._args, self._entry, observe_call=lambda call, _: calls.setdefault(call))
        return {call: noise_of(call) for call in calls}

    def _noise_of(self, node: Any) -> Noise:
        return self._noises.get(node, condition.NONE)

    @cached_property
    def _only(self) -> relay.Call | None:
        return only_uncertain(self._program, self._entry)

    @cached_property
    def _admitted(self) -> tuple[list[Array], list[Array]]:
        if self._only is not None:
            return self._by_error_model(self._only)
        return condition.admitted(self._program, self._args, self._entry, self._expected, self._noise_of)

    def _by_error_model(self, only: relay.Call) -> tuple[list[Array], list[Array]]:
        """What the card of a program's only uncertain op says, element by element."""
        seen: dict[relay.Call, tuple[Value, ...]] = {}
        evaluate(self._program, self._args, self._entry, observe_call=seen.__setitem__)
        native = reference.evaluate(*read(only), seen[only])
        one = OneOp(*read(only), seen[only], operand_types(only), native)
        return leaves(one.exact), leaves(one.bound)

    @cached_property
    def _ties(self) -> list[Array]:
        return condition.beyond_ties(self._program, self._args, self._entry, self._admitted[0], self._noise_of)

    def _is_tie(self, number: int, got: Array, kept: Array) -> bool:
        arrays = (got, self._admitted[0][number], self._ties[number])
        return worst_ratio(*(array[kept].astype(np.float64) for array in arrays)) <= 1.0


def same(expected: Sequence[Array], got: Sequence[Array]) -> str:
    """Empty when both are equal bit for bit, structure included; else what differs first."""
    if list(map(structure, expected)) != list(map(structure, got)):
        return f"expected {_shown(expected)}, got {_shown(got)}"
    return "" if all(map(_same_bits, expected, got)) else _first_difference(expected, got)


def _is_float(array: Array) -> bool:
    return dtypes.is_float(dtypes.from_numpy(array.dtype))


def _same_bits(a: Array, b: Array) -> bool:
    if not _is_float(a):
        return bool(np.array_equal(a, b))
    return bool(np.array_equal(a, b, equal_nan=True)) and bool(
        np.array_equal(np.signbit(a[~np.isnan(a)]), np.signbit(b[~np.isnan(b)]))
    )


def _first_difference(expected: Sequence[Array], got: Sequence[Array]) -> str:
    for number, (a, b) in enumerate(zip(expected, got, strict=True)):
        if not _same_bits(a, b):
            return f"output {number}: expected {a.tolist()}, got {b.tolist()}"
    return ""


def _shown(arrays: Sequence[Array]) -> str:
    return ", ".join(f"{array.dtype}{list(array.shape)}" for array in arrays)
