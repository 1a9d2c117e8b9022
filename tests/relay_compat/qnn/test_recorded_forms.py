"""Calls of quantized operators in the forms that TVM 0.19 gives them, by configuration and target."""

import json
from pathlib import Path

import relay_compat as relay
from relay_compat.target import Target
from tests.corpus.quantized_programs import Side, outcomes

SIDE = Side(relay, relay.IRModule, Target)


def test_calls_become_what_tvm_printed(root: Path) -> None:
    recorded = json.loads((root / "tests" / "corpus" / "quantized_texts.json").read_text())
    found = outcomes(SIDE)
    assert list(found) == list(recorded)
    assert {name for name in found if found[name] != recorded[name]} == set()
