"""What holds for every card, whoever wrote it: it is complete, and its spellings are what TVM's releases state."""

from typing import Any

import numpy as np
import op_bounds
import op_checks
import pytest
import recorded_ops
from recorded_ops import Call

from tensor_core.ops.card import Carrier, OpCard, Reject
from tensor_core.ops.evidence import evidence, is_proven
from tensor_core.ops.registry import registry
from tensor_core.reference import NumpyFragment, evaluate

CARDS = tuple(registry())
SILENT = {
    "nn.contrib_conv2d_winograd_nnpack_weight_transform", "call_lowered", "memory.alloc_storage",
    "memory.alloc_tensor", "memory.kill", "vm.invoke_tvm_op", "annotation.with_funcid",
}  # fmt: skip
"""Cards that state a type rule and nothing else: they can be read, printed and typed, not run."""
UNPROVEN = {
    "vm.reshape_tensor", "debug", "device_copy", "annotation.bitpack_start",
    "annotation.bitpack_end", "annotation.compiler_begin", "annotation.compiler_end", "nn.attention_var_len",
    "nn.pixel_shuffle", "ewise_fma", "qnn.contrib_dense_pack",
    "nn.internal.sparse_dense_padded",
    "nn.contrib_conv2d_gemm_without_weight_transform", "nn.contrib_conv3d_winograd_without_weight_transform",
} | SILENT  # fmt: skip
"""Cards that no release computes on a CPU: for any other, add rows to tests/corpus/op_rows rather than a name here."""
NO_KERNEL = {
    "argwhere",
    "distinct",
    "nonzero",
    "sparse_fill_empty_rows",
}
"""Cards with a reference but no tensor program: programs with them are interpreted, and refused by the conversion."""
CALLS = tuple(recorded_ops.calls())
TAKEN = [call for call in CALLS if call.is_taken]


def test_only_these_cards_say_nothing_of_what_they_compute_and_why() -> None:
    assert {card.name for card in CARDS if not (card.reference or card.expand)} == SILENT
    assert {card.name for card in CARDS if card.refused} == SILENT


def test_only_these_cards_have_no_tensor_program() -> None:
    assert {card.name for card in CARDS if not (card.lower or card.expand)} == NO_KERNEL | SILENT


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_spelled_names_are_parameters_and_inputs_of_the_card(card: OpCard[Any]) -> None:
    parameters = set(card.params.__dataclass_fields__)
    inputs = {item.name for item in card.inputs}
    if card.relay and not card.relay.read:
        assert {item.carries for item in card.relay.fields if item.carries} <= parameters
    for spelling in card.relax:
        assert {item.name for item in spelling.operands if item.carrier is Carrier.TENSOR} <= inputs
        assert {item.dtype_of for item in spelling.operands if item.dtype_of} <= inputs
        if not spelling.read:
            assert {item.carries for item in spelling.fields if item.carries} <= parameters


def test_the_list_of_evidence_is_current() -> None:
    recorded = recorded_ops.evidence()
    assert {card.name: list(evidence(card)) for card in CARDS if is_proven(card)} == recorded


def test_only_these_cards_are_unproven() -> None:
    assert {card.name for card in CARDS if not is_proven(card)} == UNPROVEN


SIGNED_RELAY = sorted(recorded_ops.signatures("relay", "0.19").items())


@pytest.mark.parametrize(("name", "stated"), SIGNED_RELAY, ids=[name for name, _ in SIGNED_RELAY])
def test_the_relay_spelling_is_the_signature_of_tvm(name: str, stated: dict[str, Any]) -> None:
    op_checks.relay_signature(registry().by_relay[name], stated)


SIGNED_RELAX = [
    (release, name, stated)
    for release in ("0.19", "0.27")
    for name, stated in sorted(recorded_ops.signatures("relax", release).items())
]


@pytest.mark.parametrize(("release", "name", "stated"), SIGNED_RELAX, ids=[f"{r}-{n}" for r, n, _ in SIGNED_RELAX])
def test_the_relax_spelling_is_the_signature_of_tvm(release: str, name: str, stated: dict[str, Any]) -> None:
    found = registry().relax_spelling(f"relax.{name}", release)
    assert found is not None
    op_checks.relax_signature(found[1], stated, recorded_ops.most_operands("relax", release, name))


@pytest.mark.parametrize("call", TAKEN, ids=str)
def test_attributes_survive_the_way_through_the_parameters(call: Call) -> None:
    op_checks.round_trip(call)


@pytest.mark.parametrize("call", [call for call in TAKEN if call.side == "relay"], ids=str)
def test_what_relay_says_relax_can_say_or_the_card_can_expand(call: Call) -> None:
    """Whatever the release: one call, or an expansion, or at least a kernel of its own."""
    params = call.params()
    for release in ("0.19", "0.21", "0.25", "0.27"):
        spelling = call.card.relax_for(release)
        if spelling and (not spelling.fits or spelling.fits(params, call.types, release) is None):
            assert op_checks.same_meaning(call, op_checks.there_and_back(call, spelling, params), params)
        else:
            assert call.card.expand or call.card.lower or call.card.name in NO_KERNEL | SILENT


@pytest.mark.parametrize("call", [call for call in TAKEN if call.card.reference and call.card.expand], ids=str)
def test_the_expansion_is_the_reference(call: Call) -> None:
    params = call.params()
    assert call.card.expand is not None
    try:
        with np.errstate(all="ignore"):
            expanded = call.card.expand(params, NumpyFragment(), *call.args)
    except Reject:
        return
    expected = evaluate(call.card, params, call.args)
    assert _types(expanded) == _types(expected)
    # Two computations, each within its bound.
    assert op_bounds.worst(call.card, params, call.args, call.types, expanded) <= 2


def _types(value: Any) -> Any:
    return tuple(map(_types, value)) if isinstance(value, tuple) else (value.shape, value.dtype)
