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

    ``expected`` are the leaves of what its own interpreter gives. The rest is computed when first asked for.
    """

    def __init__(self, program: IRModule, args: Sequence[Value], expected: Sequence[Array]) -> None:
        self._program = program
        self._args = args
        self._expected = expected

    def judge(self, got: Sequence[Array]) -> tuple[Outcome, str]:
        """As :func:`compare`. Integers behind floats may differ where rounding moves them over a discontinuity."""
        if list(map(structure, self._expected)) != list(map(structure, got)):
            return Outcome.DIFFERENT, f"expected {_shown(self._expected)}, got {_shown(got)}"
        if all(map(_same_bits, self._expected, got)):
            return Outcome.EXACT, ""
        if not self.rounds:
            return Outcome.DIFFERENT, _first_difference(self._expected, got)
        exact, bounds = self._admitted
        for number, (want, bound, result) in enumerate(zip(exact, bounds, got, strict=True)):
            if _is_float(result):
                if self._only is None and _decides_nothing(want, bound):
                    reason = "the program amplifies rounding so much that the bound decides nothing"
                    return Outcome.INCONCLUSIVE, reason
                right = worst_ratio(result, want, bound) <= 1.0
            else:
                right = _same_bits(self._expected[number], result) or self._is_tie(number, result)
            if not right:
                return Outcome.DIFFERENT, _first_difference(self._expected, got)
        return Outcome.WITHIN_BOUND, ""

    @cached_property
    def rounds(self) -> bool:
        """Whether an op that may round was evaluated; if none was, every bit is determined."""
        return any(noise.size > 0 for noise in self._noises.values())

    @cached_property
    def _noises(self) -> dict[relay.Call, Noise]:
        calls: dict[relay.Call, None] = {}
        evaluate(self._program, self._args, observe_call=lambda call, _: calls.setdefault(call))
        return {call: noise_of(call) for call in calls}

    def _noise_of(self, node: Any) -> Noise:
        return self._noises.get(node, condition.NONE)

    @cached_property
    def _only(self) -> relay.Call | None:
        return only_uncertain(self._program)

    @cached_property
    def _admitted(self) -> tuple[list[Array], list[Array]]:
        if self._only is not None:
            return self._by_error_model(self._only)
        return condition.admitted(self._program, self._args, "main", self._expected, self._noise_of)

    def _by_error_model(self, only: relay.Call) -> tuple[list[Array], list[Array]]:
        """What the card of a program's only uncertain op says, element by element."""
        seen: dict[relay.Call, tuple[Value, ...]] = {}
        evaluate(self._program, self._args, observe_call=seen.__setitem__)
        native = reference.evaluate(*read(only), seen[only])
        one = OneOp(*read(only), seen[only], operand_types(only), native)
        return leaves(one.exact), leaves(one.bound)

    @cached_property
    def _ties(self) -> list[Array]:
        return condition.beyond_ties(self._program, self._args, "main", self._admitted[0], self._noise_of)

    def _is_tie(self, number: int, got: Array) -> bool:
        want = self._admitted[0][number]
        return worst_ratio(got.astype(np.float64), want.astype(np.float64), self._ties[number]) <= 1.0


def same(expected: Sequence[Array], got: Sequence[Array]) -> str:
    """Empty when both are equal bit for bit, structure included; else what differs first."""
    if list(map(structure, expected)) != list(map(structure, got)):
        return f"expected {_shown(expected)}, got {_shown(got)}"
    return "" if all(map(_same_bits, expected, got)) else _first_difference(expected, got)


def _is_float(array: Array) -> bool:
    return dtypes.is_float(dtypes.from_numpy(array.dtype))


def _decides_nothing(exact: Array, bound: Array) -> bool:
    scale = float(np.max(np.abs(np.nan_to_num(exact.astype(np.float64))), initial=0.0))
    least = 2 * float(np.finfo(np.float32).tiny)
    return float(bound.max(initial=0.0)) > max(condition.CEILING * scale, least)


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
