"""Gradients of cards as each IR instantiates them: the passes of both give what the card gives in numpy."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import relay_build
from smooth_calls import CONSTANT, Call, drawn, is_float, leaves, numbers, recorded

import relax_core.interpret
import relax_core.ir.expr as relax
import relay_compat.interpret
import relay_compat.ir.expr as relay
from relax_core.block_builder import BlockBuilder
from relax_core.ir.types import TensorType as RelaxTensor
from relax_core.op import creator
from relax_core.ops import make_call
from relax_core.passes.gradient import Gradient
from relax_core.types.deduce import type_of
from relax_core.well_formed import check
from relay_compat.ir.module import IRModule
from relay_compat.passes.first_order_gradient import first_order_gradient
from relay_compat.types.infer import infer_types
from tensor_core.ops.card import OpCard, Reject
from tensor_core.ops.registry import registry
from tensor_core.ops.spelling import relay_attrs
from tensor_core.reference import NumpyFragment, evaluate
from tensor_core.types import tensor_type_of

MOST = 3
RELAY = [card for card in registry() if card.gradient and card.relay and card.name not in CONSTANT]
RELAX = [
    (card, release)
    for card in registry()
    for release in ("0.19", "0.27")
    if card.name not in CONSTANT
    for spelling in [card.relax_for(release)]
    if spelling and (spelling.gradient or card.gradient)
]


def smooth_calls(card: OpCard[Any], gradient: Any) -> Iterator[tuple[Call, tuple[Any, ...], list[np.ndarray]]]:
    """Calls on float64 with reals for arguments, and the adjoints for ones."""
    rng = np.random.default_rng(5)
    found = 0
    for call in (*drawn(card), *recorded(card)):
        args = numbers(call, rng)
        result = evaluate(card, call.params, args)
        if found == MOST or not all(
            is_float(np.asarray(leaf)) and np.all(np.abs(leaf) < 1e30) for leaf in leaves(result)
        ):
            continue
        ones = tuple(map(np.ones_like, result)) if isinstance(result, tuple) else np.ones_like(result)
        try:
            adjoints = gradient(call.params, NumpyFragment(), args, result, ones)
        except Reject:
            continue
        zeros = [
            np.zeros_like(arg) if adjoint is None else adjoint for arg, adjoint in zip(args, adjoints, strict=True)
        ]
        yield call, args, [leaf for item in zeros for leaf in leaves(item)]
        found += 1


@pytest.mark.parametrize("card", RELAY, ids=lambda card: card.name)
def test_in_relay(card: OpCard[Any]) -> None:
    for call, args, expected in smooth_calls(card, card.gradient):
        module = relay_module(call, args)
        if module is not None:
            made = IRModule.from_expr(first_order_gradient(infer_types(module)["main"]))
            _, adjoints = relay_compat.interpret.evaluate(made, flat(args))
            compare(adjoints, expected)


@pytest.mark.parametrize(("card", "release"), RELAX, ids=lambda item: getattr(item, "name", item))
def test_in_relax(card: OpCard[Any], release: str) -> None:
    spelling = card.relax_for(release)
    assert spelling is not None
    for call, args, expected in smooth_calls(card, spelling.gradient or card.gradient):
        module = relax_module(call, args, release)
        if module is not None:
            made = Gradient("main")(module)
            assert not check(made)
            _, adjoints = relax_core.interpret.evaluate(made, flat(args), "main_adjoint", release=release)
            compare(adjoints, expected)


def compare(found: Any, expected: list[np.ndarray]) -> None:
    for ours, theirs in zip(leaves(found), expected, strict=True):
        if is_float(theirs):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


def flat(args: tuple[Any, ...]) -> list[np.ndarray]:
    return [leaf for arg in args for leaf in leaves(arg)]


def relay_module(call: Call, args: tuple[Any, ...]) -> Any:
    """@main of the call; None where Relay does not say it."""
    assert call.card.relay is not None
    params: list[relay.Var] = []

    def operand(value: Any) -> relay.Expr:
        if isinstance(value, tuple):
            return relay.Tuple(tuple(map(operand, value)))
        params.append(relay.Var(f"x{len(params)}", tensor_type_of(value)))
        return params[-1]

    operands = list(map(operand, args))
    try:
        attrs = relay_attrs(call.card, call.params, [NumpyFragment().type_of(arg) for arg in args])
    except Reject:
        return None
    return relay_build.module(relay_build.call(call.card.relay.name, *operands, **attrs), *params)


def relax_module(call: Call, args: tuple[Any, ...], release: str) -> Any:
    """The sum of the results' elements; None where the release does not say the call."""
    params: list[relax.Var] = []

    def operand(value: Any) -> relax.Expr:
        if isinstance(value, tuple):
            made: relax.Expr = relax.Tuple(tuple(map(operand, value)))
        else:
            type_ = tensor_type_of(value)
            made = relax.Var(f"x{len(params)}", RelaxTensor(type_.shape, type_.dtype))
            params.append(made)
        type_of(made)
        return made

    made = make_call(call.card, call.params, list(map(operand, args)), release)
    if isinstance(made, str):
        return None
    result = evaluate(call.card, call.params, args)
    builder = BlockBuilder(release=release)
    with builder.function("main", params):
        with builder.dataflow():
            value = builder.emit(made)
            parts = [relax.TupleGetItem(value, n) for n in range(len(result))] if isinstance(result, tuple) else [value]
            total = None
            for part in parts:
                part = builder.emit(part)
                type_ = type_of(part)
                assert isinstance(type_, RelaxTensor)
                added = builder.emit(creator("sum", release)(part)) if type_.ndim else part
                total = added if total is None else builder.emit(creator("add", release)(total, added))
            total = builder.emit_output(total)
        builder.emit_func_output(total)
    module = builder.get()
    module.release = release
    return module
