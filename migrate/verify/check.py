"""Verify that two modules compute the same: every op on the reference's own inputs, and both programs end to end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.forward.convert import convert
from migrate.load import is_relax
from migrate.run import Args, bind_args, execute, interpret, leaves, parameters
from migrate.verify import condition
from migrate.verify.align import Alignment, Step, Trace, right_cards
from migrate.verify.bounds import worst_ratio
from migrate.verify.inputs import make_inputs
from migrate.verify.verdict import Outcome, OutputComparison, Verdict, Witness
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.ops.card import Rounding

Value = Any


def verify(
    left: IRModule, right: IRModule | None = None, inputs: Args | None = None, seed: int = 0, entry: str = "main"
) -> Verdict:
    """Compare ``entry`` of a Relay module with a Relax module (by default the module's own conversion).

    ``inputs``: arguments by position or name; missing ones are drawn from ``seed`` inside the domains of the ops they reach.
    Both sides run on the backend, each lowered on its own; the Relay interpreter is the reference.
    """
    if is_relax(left):
        raise fail(codes.BAD_INPUTS, "the left side must be a Relay module", hint="swap the sides: verify(relay, relax)")
    function = left[entry]
    assert isinstance(function, relay.Function)
    right = right if right is not None else convert(left).module
    _check_signature(left, right, entry)
    args = _arguments(left, inputs, seed, entry)
    trace = Trace(function, tuple(args))
    reference = interpret(left, args, entry, observe=trace.observe)
    alignment = Alignment(trace)
    execute(right, bind_args(right, args, entry), entry, observe=alignment.observe)
    witness = _first_wrong(function, trace, alignment, right)
    outcome, reason, outputs = _end_to_end(left, right, args, entry, reference, trace)
    verdict = Verdict(
        outcome,
        reason,
        outputs,
        compared=sum(step.match is not None for step in trace.steps),
        total=len(trace.steps),
        worst=alignment.worst,
        seed=seed,
        inputs={name: value for (name, _), value in zip(parameters(left, entry), args, strict=True)},
    )
    if witness is not None and (outcome is Outcome.DIFFERENT or witness.right):
        where = f"{witness.left} -> {witness.right}" if witness.right else witness.left
        return replace(verdict, outcome=Outcome.DIFFERENT, reason=f"first wrong op: {where}", witness=witness)
    return verdict


def _arguments(module: IRModule, inputs: Args | None, seed: int, entry: str) -> list[Value]:
    drawn = make_inputs(module, entry, seed) if not _covers(module, inputs, entry) else None
    if inputs is None:
        assert drawn is not None
        return drawn
    names = [name for name, _ in parameters(module, entry)]
    if isinstance(inputs, Mapping):
        given = dict(inputs)
    else:
        open_names = names if len(inputs) == len(names) else [name for name in names if name not in module.params]
        given = dict(zip(open_names, inputs, strict=False))
    complete = dict(zip(names, drawn, strict=True)) if drawn is not None else {}
    return bind_args(module, {**complete, **given}, entry)


def _covers(module: IRModule, inputs: Args | None, entry: str) -> bool:
    if inputs is None:
        return False
    names = {name for name, _ in parameters(module, entry)} - set(module.params)
    return names <= set(inputs) if isinstance(inputs, Mapping) else len(inputs) >= len(names)


def _check_signature(left: IRModule, right: IRModule, entry: str) -> None:
    a, b = parameters(left, entry), parameters(right, entry)
    extra = [name for name, _ in b[len(a) :] if name not in right.params]
    if len(b) < len(a) or extra:
        raise fail(codes.BAD_INPUTS, f"@{entry} takes {len(a)} parameters on the left and {len(b)} on the right", hint="give the two sides of one conversion")


def _first_wrong(function: relay.Function, trace: Trace, alignment: Alignment, right: IRModule) -> Witness | None:
    """The first left op that no right value reproduces although all its inputs are there, unless later ops agree again."""
    dead = _dead_steps(function, trace)
    for step in trace.steps:
        if step in dead and not any(source in dead.values() for source in _value_sources(step.sources)):
            return _witness(step, alignment, right)
    return None


def _dead_steps(function: relay.Function, trace: Trace) -> dict[Step, Node]:
    """Unmatched steps from which some path to the result meets no matched step."""
    consumers: dict[Node, list[Step]] = defaultdict(list)
    for step in trace.steps:
        for source in _value_sources(step.sources):
            consumers[source].append(step)
    results = set(_value_sources((function.body,)))
    dead: dict[Step, Node] = {}
    for step in reversed(trace.steps):
        if step.match is None and (step.node in results or any(user in dead for user in consumers[step.node])):
            dead[step] = step.node
    return dead


def _value_sources(nodes: Sequence[Node]) -> list[Node]:
    """The calls and variables behind expressions, looking through tuples, projections and lets."""
    found: list[Node] = []
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        match node:
            case relay.Tuple():
                stack.extend(reversed(node.fields))
            case relay.TupleGetItem():
                stack.append(node.tuple_value)
            case relay.Let():
                stack.append(node.body)
            case _:
                found.append(node)
    return found


def _witness(step: Step, alignment: Alignment, right: IRModule) -> Witness:
    call = step.call
    cards = right_cards(right)
    matched = {id(other.match): other for other in alignment.trace.steps if other.match is not None}
    by_origin = [item for item in alignment.missed if getattr(item[0], "origin", None) is step.node]
    same_card = [item for item in alignment.missed if cards.get(item[0]) == call.card.name]
    counterpart = next(iter(by_origin or same_card), None)
    del matched
    span = getattr(step.node, "span", None)
    left = call.card.name + (f" at {span.declared or span}" if span else "")
    if counterpart is None:
        return Witness(call.card.name, left, "", float("inf"), span=span, inputs=call.args)
    binding, value = counterpart
    position, expected, got = _worst_element(value, call.exact, call.bound)
    assert isinstance(binding, relax.VarBinding)
    return Witness(
        call.card.name, left, f"{binding.var.name} = {cards.get(binding, 'op')}", call.worst(value), position, expected, got, span, call.args
    )


def _worst_element(value: Value, exact: Value, bound: Value) -> tuple[tuple[int, ...] | None, float | None, float | None]:
    got, want, limit = leaves(value)[0], leaves(exact)[0], leaves(bound)[0]
    if got.shape != want.shape or got.size == 0:
        return None, None, None
    with np.errstate(all="ignore"):
        ratio = np.abs(got.astype(np.float64) - want.astype(np.float64)) / (limit + 1e-300)
    position = np.unravel_index(int(np.argmax(np.nan_to_num(ratio, nan=np.inf))), got.shape)
    return tuple(int(i) for i in position), float(want[position]), float(got[position])


def _end_to_end(
    left: IRModule, right: IRModule, args: Sequence[Value], entry: str, reference: Value, trace: Trace
) -> tuple[Outcome, str, tuple[OutputComparison, ...]]:
    ours = leaves(execute(left, args, entry))
    theirs = leaves(execute(right, bind_args(right, args, entry), entry))
    if [(a.shape, a.dtype) for a in ours] != [(b.shape, b.dtype) for b in theirs]:
        return Outcome.DIFFERENT, "the results have different shapes or element types", ()
    growth = {step.node: _typical_rounding(step) for step in trace.steps}
    floats = [array.dtype for array in leaves(reference) if array.dtype.kind == "f"]
    exact, bounds = condition.admitted(left, args, entry, floats[0].name if floats else "float32", lambda node: growth.get(node, 0.0))
    outputs: list[OutputComparison] = []
    worst = 0.0
    for n, (a, b, want, bound) in enumerate(zip(ours, theirs, exact, bounds, strict=True)):
        worst = max(worst, worst_ratio(a, want, bound), worst_ratio(b, want, bound))
        error = float(np.max(np.abs(np.nan_to_num(b.astype(np.float64) - a.astype(np.float64))), initial=0.0))
        scale = float(np.max(np.abs(np.nan_to_num(want.astype(np.float64))), initial=0.0))
        outputs.append(OutputComparison(n, error, float(bound.max(initial=0.0)), scale))
    if worst > 1.0:
        return Outcome.DIFFERENT, f"an output lies {worst:.3g} times the admitted bound from the exact value", tuple(outputs)
    if any(output.relative_bound > condition.CEILING for output in outputs):
        return Outcome.INCONCLUSIVE, "the program amplifies rounding so much that the bound decides nothing", tuple(outputs)
    if all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(ours, theirs, strict=True)):
        return Outcome.EXACT, "all outputs are equal bit for bit", tuple(outputs)
    return Outcome.WITHIN_BOUND, "all outputs lie within the measured bound", tuple(outputs)


def _typical_rounding(step: Step) -> float:
    """Roundings of one op that do not cancel out: the square root of the accumulation length."""
    model = step.call.card.error
    if not isinstance(model, Rounding):
        return 0.0
    length = float(model.factor(step.call.params, *step.call.types)) if model.factor else 0.0
    return model.ulps + length**0.5
