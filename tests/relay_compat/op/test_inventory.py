"""Operators as TVM 0.19 registers them (tests/corpus/relay_inventory.json): fields, order, defaults, recorded calls."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import recorded

from relay_compat.ir.expr import Call, Function, Op
from relay_compat.json.reader import load_json
from relay_compat.text.parser import parse_expr
from relay_compat.visit import reachable
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.card import REQUIRED, Field, RelaySpelling
from tensor_core.ops.registry import registry

INVENTORY: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).resolve().parents[2] / "corpus" / "relay_inventory.json").read_text()
)
SPELLED = [name for name in INVENTORY if name in registry().by_relay]
OF_ANOTHER_STRUCT = {"relay.op.annotation.simulated_quantize"}
"""Its type key names two structs; text makes the other one in TVM, and what the operator takes here."""

EMPTY = {"VirtualDevice(?)": None, "{}": "Map()"}
"""Values that say nothing, as TVM shows them and as we do."""


def spelling(name: str) -> RelaySpelling:
    found = registry().by_relay[name].relay
    assert found is not None
    return found


@pytest.mark.parametrize("name", SPELLED)
def test_fields_are_those_of_the_struct(name: str):
    stated, ours = INVENTORY[name], spelling(name)
    assert ours.attrs_type == stated["attrs_type"]
    assert ours.declared == stated["declared"]
    assert len(registry().by_relay[name].inputs) == stated["count"]
    if ours.attrs_type == "DictAttrs":
        return
    assert [item.name for item in ours.fields] == [field for field, _ in stated["fields"]]
    # Whether there is a default; which one is a matter of texts that leave it out.
    assert [item.default is not REQUIRED for item in ours.fields] == [
        "default=" in info for _, info in stated["fields"]
    ]


@pytest.mark.parametrize("name", SPELLED)
def test_a_text_without_attributes_gets_the_defaults_of_the_struct(name: str):
    stated = INVENTORY[name]
    operands = ", ".join(f"%x{n}" for n in range(max(stated["count"], 0)))
    text = f"fn ({operands}) {{ {name}({operands}) }}"
    if any(item.default is REQUIRED for item in spelling(name).fields):
        assert stated["bare"] == "refused" or not stated["declared"] or name in OF_ANOTHER_STRUCT
        with pytest.raises(DiagnosticError, match="R2R0105"):
            parse_expr(text)
        return
    function = parse_expr(text)
    assert isinstance(function, Function)
    assert isinstance(function.body, Call)
    attrs = function.body.attrs
    if spelling(name).attrs_type == "DictAttrs":
        assert not any((attrs or {}).values())
        return
    if stated["declared"]:
        assert list(attrs or ()) == list(stated["bare"] or ())
        for field, value in (attrs or {}).items():
            assert plain(value) == (said(stated["bare"][field])), field
        return
    # TVM makes a call without attributes, which it cannot type.
    assert stated["bare"] is None
    described = {field: info.partition("default=")[2] for field, info in stated["fields"]}
    assert list(attrs or {}) == list(described)
    for item in spelling(name).fields:
        assert same(item, described[item.name]), (item, described[item.name])


def said(recorded_value: Any) -> Any:
    return EMPTY.get(recorded_value, recorded_value) if isinstance(recorded_value, str) else recorded_value


def plain(value: Any) -> Any:
    """A value as JSON holds what TVM gave."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, bool):
        return int(value)
    return value if value is None or isinstance(value, (int, float, str)) else str(value)


def same(item: Field, described: str) -> bool:
    """Whether a field's default is what TVM describes, such as ``[T.float32(4.0), T.float32(8.0)]``."""
    described = re.sub(r"T\.\w+\(([^()]*)\)", r"\1", described)
    if isinstance(item.default, bool):
        return described == str(item.default) or described == str(int(item.default))
    numbers = [float(part) for part in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", described)]
    if item.default in (None, ""):
        return described in ("(nullptr)", "void", "")
    if isinstance(item.default, str):
        return described == item.default
    return numbers == list(map(float, item.default if isinstance(item.default, tuple) else (item.default,)))


def test_recorded_calls_have_the_fields_of_the_inventory(corpus: Callable[[str], recorded.Corpus]):
    """All calls of all recorded modules, as TVM wrote them: JSON sorts the names."""
    corpus("evaluated")
    found: dict[str, set[tuple[str | None, tuple[str, ...]]]] = {}
    count = 0
    for _, text in recorded.relay_modules():
        nodes = json.loads(text)["nodes"]
        for node in nodes:
            if node["type_key"] == "relay.Call" and "repr_str" in (op := nodes[int(node["attrs"]["op"])]):
                attrs = nodes[int(node["attrs"]["attrs"])]
                key = attrs["type_key"] or None
                found.setdefault(op["repr_str"], set()).add((key, tuple(attrs.get("attrs", ()))))
                count += 1
    assert count > 14_000
    for name, shapes in found.items():
        stated = INVENTORY[name]
        assert shapes <= {(stated["attrs_type"], tuple(sorted(field for field, _ in stated["fields"])))}, name


def test_calls_that_are_read_have_them_in_the_order_of_the_struct():
    for _, text in list(recorded.relay_modules())[::40]:
        module = load_json(text, infer=False)
        functions = [func for func in module.functions.values() if isinstance(func, Function)]
        for node in reachable(*functions):
            if isinstance(node, Call) and isinstance(node.op, Op) and node.attrs is not None:
                assert list(node.attrs) == [field for field, _ in INVENTORY[node.op.name]["fields"]], node.op.name
