"""Small programs of single passes, whose results TVM 0.19 printed."""

import json
from pathlib import Path

import pytest

import relay_compat as relay
from migrate.alias.tvm.ir.attrs import make_node
from relay_compat.transform.registry import find
from tests.corpus.pass_text_programs import CASES, Side, outcome

SIDE = Side(relay, relay.IRModule, find, make_node)


@pytest.mark.parametrize("name", CASES)
def test_program_becomes_what_tvm_printed(name: str, root: Path):
    recorded = json.loads((root / "tests" / "corpus" / "pass_texts.json").read_text())
    assert outcome(SIDE, name).splitlines() == recorded[name]
