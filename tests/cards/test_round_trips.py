"""Drawn calls survive every spelling: Relay's attributes, text and JSON; Relax's text of two releases; the conversion.

A parameter that a spelling loses shows here: what comes back is computed and compared with the call it came from.
"""

from typing import Any

import op_bounds
import pytest
from converted_calls import flat, is_open, relax_module, relay_module
from drawn_calls import DRAWING, DrawnCall, calls, examples
from hypothesis import given
from hypothesis import strategies as st

import migrate
from relax_core.text.printer import print_module as print_relax
from relay_compat.json.reader import load_json
from relay_compat.json.writer import save_json
from relay_compat.passes.dynamic_to_static import DynamicToStatic
from relay_compat.structural.equal import structural_equal
from relay_compat.text.printer import print_module
from relay_compat.types.infer import infer_types
from tensor_core.module import IRModule
from tensor_core.ops.card import OpCard
from tensor_core.reference import evaluate

IN_RELAY = [card for card in DRAWING if card.relay and (card.reference or card.expand)]
IN_RELAX = [card for card in DRAWING if card.relax and (card.reference or card.expand)]
REFUSED = {"argwhere", "collapse_sum_to", "dyn.expand_dims"}
"""Cards of which the conversion refuses calls: only values tell the size of a result, and no pass of TVM folds it."""
UNCOMPARED = {"map_layout"}
"""Maps of indices are not compared as structures, so a call that is read back is equal in what it computes only."""


@pytest.mark.parametrize("card", IN_RELAY, ids=lambda card: card.name)
@examples(3)
@given(data=st.data())
def test_relay_calls_come_back(card: OpCard[Any], data: st.DataObject) -> None:
    call = data.draw(calls(card))
    written = relay_module(call)
    if written is None:
        return
    module = infer_types(written)
    for again in (migrate.load(print_module(module)), load_json(save_json(module))):
        assert card.name in UNCOMPARED or structural_equal(infer_types(again), module)
        _assert_computes(again, call, compiled=not is_open(call))


@pytest.mark.parametrize("card", IN_RELAY, ids=lambda card: card.name)
@pytest.mark.parametrize("release", ["0.19", "0.27"])
@examples(3)
@given(data=st.data())
def test_relay_calls_convert(card: OpCard[Any], release: str, data: st.DataObject) -> None:
    call = data.draw(calls(card))
    module = relay_module(call)
    if module is None:
        return
    if is_open(call):
        # Known operands become attributes, as the refusal of the open type advises.
        module = DynamicToStatic()(infer_types(module))
    result = migrate.convert(module, target=release)
    if not result.report.complete:
        assert card.name in REFUSED
        return
    _assert_computes(migrate.load(result.script(), params=result.module.params), call)


@pytest.mark.parametrize("card", IN_RELAX, ids=lambda card: card.name)
@pytest.mark.parametrize("release", ["0.19", "0.27"])
@examples(3)
@given(data=st.data())
def test_relax_calls_come_back(card: OpCard[Any], release: str, data: st.DataObject) -> None:
    call = data.draw(calls(card))
    module = relax_module(call, release)
    if module is None:
        # This release says it in several calls, or not at all.
        return
    text = print_relax(module, release)
    again = migrate.load(text, release=release)
    assert print_relax(again, release) == text
    _assert_computes(again, call)


def _assert_computes(module: IRModule, call: DrawnCall, compiled: bool = True) -> None:
    """The module gives what the call gives, on the interpreter and on the backend."""
    args = [leaf for n, arg in enumerate(call.args) if n not in call.given for leaf in flat(arg)]
    for executor in ("interpreter", "backend") if compiled else ("interpreter",):
        found = migrate.run(module, args, executor=executor)
        ours = evaluate(call.card, call.params, call.args)
        given = tuple(found) if isinstance(ours, tuple) else found[0]
        # An expansion is a computation of its own, within the bound as well.
        assert op_bounds.worst(call.card, call.params, call.args, call.types, given) <= 2, (executor, found, ours)
