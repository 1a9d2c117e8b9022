"""JSON modules: sharing, depth, damage. That they print as TVM prints them is tested with the printer."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay_compat.ir.expr import Call, Constant, Function
from relay_compat.json.map_order import map_order
from relay_compat.json.reader import load_json
from relay_compat.text.printer import print_module
from tensor_core.diagnostics import DiagnosticError, render
from tensor_core.limits import Limits
from tensor_core.module import IRModule
from tensor_core.saved_arrays import write_array

ORDERS = json.loads(Path(__file__).with_name("map_orders.json").read_text())
EXPR = {"span": "0", "virtual_device_": "0", "_checked_type_": "0"}


def module_json(body: str, *nodes: dict[str, Any], blobs: tuple[str, ...] = (), **top: Any) -> str:
    """A module whose @main has no parameters; ``nodes`` are numbered from 10 on."""
    head = [
        {"type_key": ""},
        {
            "type_key": "IRModule",
            "attrs": {"functions": "2", "type_definitions": "3", "attrs": "0", "global_infos": "0"},
        },
        {"type_key": "Map", "data": [4, 6]},
        {"type_key": "Map"},
        {"type_key": "GlobalVar", "attrs": {"name_hint": "5", "span": "0"}},
        {"type_key": "runtime.String", "repr_str": "main"},
        {
            "type_key": "relay.Function",
            "attrs": EXPR | {"params": "7", "body": body, "ret_type": "0", "type_params": "7", "attrs": "0"},
        },
        {"type_key": "Array"},
        {"type_key": "Op", "repr_str": "add"},
        {"type_key": "Op", "repr_str": "acme.op"},
    ]
    return json.dumps({"root": 1, "nodes": [*head, *nodes], "b64ndarrays": list(blobs), **top})


def constant(number: int = 0, checked: str = "0") -> dict[str, Any]:
    return {"type_key": "relay.Constant", "attrs": EXPR | {"data": str(number), "_checked_type_": checked}}


def call(callee: int, args: int, **attrs: str) -> dict[str, Any]:
    fields = {"op": str(callee), "args": str(args), "attrs": "0", "type_args": "7"}
    return {"type_key": "relay.Call", "attrs": EXPR | fields | attrs}


def array(*items: int) -> dict[str, Any]:
    return {"type_key": "Array", "data": list(items)}


def blob(value: Any) -> str:
    return base64.b64encode(write_array(np.asarray(value))).decode()


ONE = blob(np.float32(1))


def main(module: IRModule) -> Any:
    function = module["main"]
    assert isinstance(function, Function)
    return function.body


def test_shared_nodes_stay_shared() -> None:
    body = main(load_json(module_json("10", call(8, 11), array(12, 12), constant(), blobs=(ONE,))))
    assert isinstance(body, Call)
    assert isinstance(body.args[0], Constant)
    assert body.args[0] is body.args[1]


def test_floats_are_exact() -> None:
    value = np.float32(1) / 3
    assert main(load_json(module_json("10", constant(), blobs=(blob(value),)))).data == value


def test_span_nodes_are_declared_spans() -> None:
    span = {"source_name": "12", "line": "3", "column": "4", "end_line": "3", "end_column": "9"}
    nodes = [constant(), {"type_key": "Span", "attrs": span}, {"type_key": "SourceName", "repr_str": "a.py"}]
    nodes[0]["attrs"]["span"] = "11"
    text = module_json("10", *nodes, blobs=(ONE,))
    found = main(load_json(json.dumps(json.loads(text), indent=1), "m.json")).span
    assert str(found.declared) == "a.py:3:4"
    assert found.source == "m.json"
    assert found.line > 50


def test_a_chain_of_lets_has_no_depth_limit() -> None:
    length = 20_000
    nodes: list[dict[str, Any]] = [constant()]
    for n in range(length):
        var = {"vid": str(12 + 4 * n), "type_annotation": "0"}
        body = 14 + 4 * (n + 1) if n + 1 < length else 10
        fields = {"var": str(11 + 4 * n), "value": "10", "body": str(body)}
        nodes += [
            {"type_key": "relay.Var", "attrs": EXPR | var},
            {"type_key": "relay.Id", "attrs": {"name_hint": str(13 + 4 * n)}},
            {"type_key": "runtime.String", "repr_str": f"v{n}"},
            {"type_key": "relay.Let", "attrs": EXPR | fields},
        ]
    module = load_json(module_json("14", *nodes, blobs=(ONE,)))
    assert print_module(module).count("let %v") == length


def test_an_unknown_operator_keeps_its_recorded_type() -> None:
    tensor = {"type_key": "relay.TensorType", "attrs": {"shape": "7", "dtype": "int8", "span": "0"}}
    body = main(load_json(module_json("10", call(9, 7, _checked_type_="11"), tensor)))
    assert body.op.card is None
    assert str(body.checked) == "Tensor[(), int8]"


# (nodes from 10 on, arrays, code, a part of the message)
DAMAGE: list[tuple[tuple[dict[str, Any], ...], tuple[str, ...], str, str]] = [
    ((call(8, 11), array(10, 10)), (), "R2R0301", "contains itself"),
    ((call(8, 99),), (), "R2R0301", "reference 99 is out of range"),
    ((call(8, 11), array(0, -1)), (), "R2R0301", "reference -1 is out of range"),
    ((call(8, 5),), (), "R2R0301", "field args holds a str, not an array"),
    ((call(8, 11), array(5, 5)), (), "R2R0301", "field args holds a str, not Expr"),
    ((call(9, 7),), (), "R2R0104", "knows acme.op, and the input records no type"),
    (({"type_key": "relay.Cal", "attrs": {}},), (), "R2R0304", "unknown kind relay.Cal"),
    (({"type_key": "relay.Call", "attrs": {"op": "8"}},), (), "R2R0301", "has no field args"),
    (({"attrs": {}},), (), "R2R0301", "no object with a type_key"),
    ((constant(),), (), "R2R0301", "array '0' is out of range"),
    ((constant(),), ("!",), "R2R0301", "cannot be read"),
    ((constant(),), (ONE[:-4],), "R2R0301", "cut off"),
    ((constant(),), (blob(np.zeros(9))[:-4] + "AAAAAAAA",), "R2R0301", "more bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("nodes", "blobs", "code", "message"), DAMAGE)
def test_damage(nodes: tuple[dict[str, Any], ...], blobs: tuple[str, ...], code: str, message: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        load_json(module_json("10", *nodes, blobs=blobs))
    (found,) = caught.value.diagnostics
    assert found.code.id == code
    assert message in found.message
    assert "module.json:1:" in render(found, caught.value.source)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "1:1"),
        ("[]", "1:1"),
        ("{}", "1:1"),
        ('{"nodes": [', "1:12"),
        ('{"root": 1, "nodes": [{}]}', "1:1"),
        ("[" * 100_000, "1:"),
    ],
)
def test_what_is_no_module(text: str, place: str) -> None:
    with pytest.raises(DiagnosticError) as caught:
        load_json(text)
    assert caught.value.diagnostics[0].code.id == "R2R0301"
    assert f"module.json:{place}" in render(caught.value.diagnostics[0], caught.value.source)


@pytest.mark.parametrize(
    ("limits", "change"),
    [
        (Limits(nodes=5), str),
        (Limits(bytes=100), str),
        (Limits(constant_bytes=2), str),
        (Limits(nesting=2), lambda text: text.replace('"ret_type": "0"', '"ret_type": "11"')),
    ],
)
def test_limits(limits: Limits, change: Callable[[str], str]) -> None:
    types = [{"type_key": "TupleType", "attrs": {"fields": str(n), "span": "0"}} for n in (12, 14, 16)]
    nodes = [node for n, kind in enumerate(types) for node in (kind, array(13 + 2 * n))]
    text = change(
        module_json("10", constant(), *nodes, {"type_key": "TupleType", "attrs": {"fields": "7"}}, blobs=(ONE,))
    )
    load_json(text, infer=False)
    with pytest.raises(DiagnosticError) as caught:
        load_json(text, limits=limits, infer=False)
    assert caught.value.diagnostics[0].code.id in ("R2R0111", "R2R0301")
    assert "limit" in str(caught.value) or "nested deeper" in str(caught.value)


@pytest.mark.parametrize("row", ORDERS, ids=lambda row: str(len(row["used"])))
def test_metadata_kinds_are_ordered_as_in_tvm(row: dict[str, list[str]]) -> None:
    assert map_order(row["used"]) == row["listed"]
