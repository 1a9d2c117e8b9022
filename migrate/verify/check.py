"""Verify that two modules compute the same: every op on the reference's own inputs, and both programs end to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

import relay_compat.ir.expr as relay
from migrate.execution import Args, bind_args, execute, interpret, parameters
from migrate.forward.convert import convert
from migrate.reading import is_relax
from migrate.values import Array, Value, leaves, structure
from migrate.verify import condition
from migrate.verify.align import Alignment, Step, Trace
from migrate.verify.bounds import CONFIDENCE, roundings, worst_ratio
from migrate.verify.inputs import make_inputs
from migrate.verify.verdict import Outcome, OutputComparison, Verdict
from migrate.verify.witness import first_wrong
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.ops.card import Rounding

Ticker = Callable[[str, int, int], None]
"""Progress: the stage's name, its steps done and its steps in all."""


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
    they reach. Both sides run on the backend, each lowered on its own; the Relay interpreter is the reference.
    Raises DiagnosticError when the two sides cannot be compared at all (R2R0503) or one of them cannot run (R2R06xx).
    """
    tick = progress or _silent
    if is_relax(left):
        raise fail(
            codes.BAD_INPUTS, "the left side must be a Relay module", hint="swap the sides: verify(relay, relax)"
        )
    function = left[entry]
    assert isinstance(function, relay.Function)
    right = right if right is not None else convert(left).module
    _check_signature(left, right, entry)
    args = _arguments(left, inputs, seed, entry)
    trace = Trace(function, tuple(args), lambda done: tick("reference", done, 0))
    reference = interpret(left, args, entry, observe=trace.observe)
    alignment = Alignment(trace, lambda done: tick("ops", done, len(trace.steps)))
    execute(right, bind_args(right, args, entry), entry, observe=alignment.observe)
    tick("end to end", 0, 1)
    outcome, reason, outputs = _end_to_end(left, right, args, entry, reference, trace)
    tick("end to end", 1, 1)
    verdict = Verdict(
        outcome,
        reason,
        outputs,
        compared=sum(step.matched for step in trace.steps),
        total=len(trace.steps),
        worst=alignment.worst,
        seed=seed,
        inputs={name: value for (name, _), value in zip(parameters(left, entry), args, strict=True)},
    )
    witness = first_wrong(function.body, trace, alignment)
    if witness is not None:
        where = f"{witness.left} -> {witness.right}" if witness.right else witness.left
        return replace(verdict, outcome=Outcome.DIFFERENT, reason=f"first wrong op: {where}", witness=witness)
    return verdict


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


def _arguments(module: IRModule, inputs: Args | None, seed: int, entry: str) -> list[Value]:
    names = [name for name, _ in parameters(module, entry)]
    if isinstance(inputs, Mapping):
        given = dict(inputs)
    elif inputs is None:
        given = {}
    else:
        open_names = names if len(inputs) == len(names) else [name for name in names if name not in module.params]
        given = dict(zip(open_names, inputs, strict=False))
    missing = set(names) - set(given) - set(module.params)
    drawn = dict(zip(names, make_inputs(module, entry, seed), strict=True)) if missing else {}
    return bind_args(module, {**{name: drawn[name] for name in missing}, **given}, entry)


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
    left: IRModule, right: IRModule, args: Sequence[Value], entry: str, reference: Value, trace: Trace
) -> tuple[Outcome, str, tuple[OutputComparison, ...]]:
    ours = leaves(execute(left, args, entry))
    theirs = leaves(execute(right, bind_args(right, args, entry), entry))
    if list(map(structure, ours)) != list(map(structure, theirs)):
        return Outcome.DIFFERENT, "the results have different shapes or element types", ()
    growth = {step.node: _typical_rounding(step) for step in trace.steps}
    floats = [array.dtype.name for array in leaves(reference) if array.dtype.kind == "f"]
    exact, bounds = condition.admitted(
        left, args, entry, floats[0] if floats else "float32", lambda node: growth.get(node, 0.0)
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
        OutputComparison(
            n, _largest(b.astype(np.float64) - a.astype(np.float64)), _largest(bound), _largest(want.astype(np.float64))
        )
        for n, (a, b, want, bound) in enumerate(zip(ours, theirs, exact, bounds, strict=True))
    )
    if worst > 1.0:
        return Outcome.DIFFERENT, f"an output lies {worst:.3g} times the admitted bound from the exact value", outputs
    if any(output.relative_bound > condition.CEILING for output in outputs):
        return Outcome.INCONCLUSIVE, "the program amplifies rounding so much that the bound decides nothing", outputs
    if all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(ours, theirs, strict=True)):
        return Outcome.EXACT, "all outputs are equal bit for bit", outputs
    return Outcome.WITHIN_BOUND, "all outputs lie within the measured bound", outputs


def _largest(values: Array) -> float:
    return float(np.max(np.abs(np.nan_to_num(values)), initial=0.0))


def _typical_rounding(step: Step) -> float:
    """Roundings of one op that do not cancel out: the square root of the accumulation length."""
    model = step.call.card.error
    return model.ulps + roundings(step.call) / CONFIDENCE if isinstance(model, Rounding) else 0.0
