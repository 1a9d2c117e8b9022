"""Verify that two modules compute the same: every op on the reference's own inputs, and both programs end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.execution import Args, Observer, bind_args, compiled, execute, known_args, parameters
from migrate.forward.bind import with_params_bound
from migrate.forward.convert import convert
from migrate.forward.survey import Survey
from migrate.reading import is_relax
from migrate.ticker import Ticker, silent
from migrate.values import Array, Value, leaves, structure
from migrate.verify import condition
from migrate.verify.align import Alignment, Step, Trace
from migrate.verify.bounds import CONFIDENCE, roundings, worst_ratio
from migrate.verify.inputs import complete_inputs
from migrate.verify.verdict import Outcome, OutputComparison, Verdict
from migrate.verify.witness import first_wrong
from relay_compat.interpret import evaluate
from relay_compat.types.infer import infer_types
from tensor_core import codes, dtypes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.module import IRModule


def verify(
    left: IRModule,
    right: IRModule | None = None,
    inputs: Args | None = None,
    seed: int = 0,
    entry: str = "main",
    progress: Ticker | None = None,
) -> Verdict:
    """Compare ``entry`` of a Relay module with a Relax module (by default the module's own conversion).

    ``inputs``: arguments by position or name; missing ones are drawn from ``seed`` inside the domains of the ops
    they reach. Both sides run on the backend, each lowered on its own, or on their interpreters where that is not
    possible; the Relay interpreter is the reference. Where the right side has the left one's arrays bound, they are
    bound on the left, too.
    Raises DiagnosticError when the two sides cannot be compared at all (R2R0503) or one of them cannot run (R2R06xx).
    """
    tick = progress or silent
    if is_relax(left):
        raise fail(
            codes.BAD_INPUTS, "the left side must be a Relay module", hint="swap the sides: verify(relay, relax)"
        )
    function = left[entry]
    if not isinstance(function, relay.Function):
        raise fail(codes.NO_SUCH_FUNCTION, f"@{entry} is not a Relay function")
    if right is not None and not is_relax(right):
        raise fail(codes.BAD_INPUTS, "the right side must be a Relax module", hint="convert it first")
    if right is None:
        right = _converted(left, entry)
    else:
        left = _bound(left, right, entry)
        function = left[entry]
        assert isinstance(function, relay.Function)
    _check_signature(left, right, entry)
    known = known_args(left, {} if inputs is None else inputs, entry)
    args = bind_args(left, complete_inputs(left, known, entry, seed), entry)
    trace = Trace(lambda done: tick("reference", done, 0))
    reference = evaluate(left, args, entry, observe=trace.observe, observe_call=trace.observe_call)
    alignment = Alignment(trace, lambda done: tick("ops", done, len(trace.steps)))
    sides = _Sides(entry)
    sides.compute("right", right, bind_args(right, args, entry), alignment.observe)
    tick("end to end", 0, 1)
    outcome, reason, outputs = _end_to_end(left, right, args, sides, reference, trace)
    tick("end to end", 1, 1)
    verdict = Verdict(
        outcome,
        reason,
        outputs,
        compared=sum(step.matched for step in trace.steps),
        total=len(trace.steps),
        worst=alignment.worst,
        seed=seed if any(value is None for value in known) else None,
        interpreted=tuple(sides.interpreted.values()),
        by_reference=tuple(sorted(sides.by_reference)),
        inputs={name: value for (name, _), value in zip(parameters(left, entry), args, strict=True)},
    )
    witness = first_wrong(function.body, trace, alignment)
    if witness is not None:
        where = f"{witness.left} -> {witness.right}" if witness.right else witness.left
        return replace(verdict, outcome=Outcome.DIFFERENT, reason=f"first wrong op: {where}", witness=witness)
    return verdict


def _converted(module: IRModule, entry: str) -> IRModule:
    result = convert(module)
    if entry not in result.module:
        raise DiagnosticError(*result.report.diagnostics)
    return result.module


def _bound(left: IRModule, right: IRModule, entry: str) -> IRModule:
    """The left side with its arrays as constants where the right one was converted so (``bind_params``)."""
    function = right[entry]
    if not left.params or not isinstance(function, relax.Function):
        return left
    inputs = (function.attrs or {}).get("num_input", len(function.params))
    if inputs == len(parameters(left, entry)) or any(
        param.name not in right.params for param in function.params[inputs:]
    ):
        return left
    bound, _ = with_params_bound(left, Survey(left).called)
    return infer_types(bound) if len(parameters(bound, entry)) == inputs else left


def _check_signature(left: IRModule, right: IRModule, entry: str) -> None:
    a, b = parameters(left, entry), parameters(right, entry)
    extra = [name for name, _ in b[len(a) :] if name not in right.params]
    if len(b) < len(a) or extra:
        raise fail(
            codes.BAD_INPUTS,
            f"@{entry} takes {len(a)} parameters on the left and {len(b)} on the right",
            hint="give the two sides of one conversion",
        )


def _end_to_end(
    left: IRModule, right: IRModule, args: Sequence[Value], sides: _Sides, reference: Value, trace: Trace
) -> tuple[Outcome, str, tuple[OutputComparison, ...]]:
    entry = sides.entry
    ours = leaves(sides.compute("left", left, args))
    theirs = leaves(sides.compute("right", right, bind_args(right, args, entry)))
    if list(map(structure, ours)) != list(map(structure, theirs)):
        return Outcome.DIFFERENT, "the results have different shapes or element types", ()
    noises = {step.node: _noise(step) for step in trace.steps}
    exact, bounds = condition.admitted(
        left, args, entry, leaves(reference), lambda node: noises.get(node, condition.NONE)
    )
    worst = max(
        (
            worst_ratio(side, want, bound)
            for sides in (ours, theirs)
            for side, want, bound in zip(sides, exact, bounds, strict=True)
        ),
        default=0.0,
    )
    outputs = tuple(
        OutputComparison(n, _largest(_difference(a, b)), _largest(bound), _largest(want.astype(np.float64)))
        for n, (a, b, want, bound) in enumerate(zip(ours, theirs, exact, bounds, strict=True))
    )
    if worst > 1.0:
        return Outcome.DIFFERENT, f"an output lies {worst:.3g} times the admitted bound from the exact value", outputs
    if all(map(_equal, ours, theirs)):
        return Outcome.EXACT, "all outputs are equal bit for bit", outputs
    if any(output.relative_bound > condition.CEILING for output in outputs):
        return Outcome.INCONCLUSIVE, "the program amplifies rounding so much that the bound decides nothing", outputs
    return Outcome.WITHIN_BOUND, "all outputs lie within the measured bound", outputs


class _Sides:
    """Runs the sides on the backend; one that has no compiled form is interpreted and noted."""

    def __init__(self, entry: str) -> None:
        self.entry = entry
        self.interpreted: dict[str, str] = {}
        self.by_reference: set[str] = set()

    def compute(self, side: str, module: IRModule, args: Sequence[Value], observe: Observer | None = None) -> Value:
        """The result of a side."""
        try:
            machine = compiled(module, self.entry)
            value = machine.run(args, self.entry, observe=observe)
            self.by_reference.update(machine.references, machine.interpreted)
            return value
        except DiagnosticError as error:
            if any(item.code is not codes.NOT_LOWERED for item in error.diagnostics):
                raise
            self.interpreted[side] = f"the {side} side: {error.diagnostics[0].message}"
            return execute(module, args, self.entry, "interpreter", observe)


def _difference(a: Array, b: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return b.astype(np.float64) - a.astype(np.float64)


def _largest(values: Array) -> float:
    return float(np.max(np.abs(np.nan_to_num(values)), initial=0.0))


def _equal(a: Array, b: Array) -> bool:
    return bool(np.array_equal(a, b, equal_nan=dtypes.is_float(dtypes.from_numpy(a.dtype))))


def _noise(step: Step) -> condition.Noise:
    """The typical size of one op's roundings that do not cancel out: the square root of the accumulation length."""
    floats = [dtypes.from_numpy(array.dtype) for array in leaves(step.call.result)]
    length = (roundings(step.call) / CONFIDENCE) ** 2
    return condition.noise(step.call.card.error, length, [dtype for dtype in floats if dtypes.is_float(dtype)])
