"""JSON that we write: what any object looks like in it, and that reading gives the object back."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay_compat.ir import adt, expr, types
from relay_compat.ir.values import BOX, TypedInt
from relay_compat.json.reader import load_json, load_object
from relay_compat.json.writer import save_json
from relay_compat.structural import structural_equal
from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError
from tensor_core.prim import Var as Dim
from tensor_core.shapes import ANY
from tensor_core.spans import Span

HEADER = '#[version = "0.0.5"]\n'
PRINTED = json.loads((Path(__file__).parents[1] / "text" / "printed.json").read_text())
TREE = "type Tree[A] { Leaf(A), Node(Tree[A], Tree[A]), }\n"
MATCH = (
    "def @main(%t: Tree[int32]) -> int32 { match (%t) { Leaf(%x) => { %x }, Node(_, Leaf(%y)) => { %y }, "
    "Node(%a, _) => { @main(%a) }, } }"
)


# Reading turns the order of several function attributes round, as in TVM.
REORDERED = {"attr_kinds", "function_attrs"}


@pytest.mark.parametrize("name", sorted(PRINTED["modules"]))
def test_modules_print_alike_after_a_round_trip(name: str) -> None:
    module = parse(PRINTED["modules"][name])
    written = save_json(module)
    again = load_json(written)
    assert structural_equal(again, module, map_free_vars=True)
    if name in REORDERED:
        again = load_json(save_json(again))
    assert print_module(again) == print_module(module)
    assert save_json(again) == written


def test_layout_of_a_module() -> None:
    module = parse(HEADER + "def @main(%x: Tensor[(2, 2), float32]) { add(%x, %x) }")
    written = json.loads(save_json(module))
    assert written["attrs"] == {"tvm_version": "0.19.0"}
    nodes = written["nodes"]
    assert nodes[0] == {"type_key": ""}
    fields = nodes[written["root"]]["attrs"]
    assert list(fields) == [
        "attrs", "functions", "global_infos", "global_type_var_map_", "global_var_map_", "source_map",
        "type_definitions",
    ]  # fmt: skip
    var, function = nodes[int(fields["functions"])]["data"]
    assert nodes[int(fields["global_var_map_"])] == {"type_key": "Map", "keys": ["main"], "data": [var]}
    body = nodes[int(nodes[function]["attrs"]["body"])]
    assert body["type_key"] == "relay.Call"
    arguments = nodes[int(body["attrs"]["args"])]["data"]
    assert arguments[0] == arguments[1]
    checked = nodes[int(body["attrs"]["_checked_type_"])]
    assert checked["attrs"]["dtype"] == "float32"
    # The dimensions, equal integers, are one node.
    assert len(set(nodes[int(checked["attrs"]["shape"])]["data"])) == 1


def _objects() -> dict[str, Any]:
    x = expr.Var("x", types.TensorType((2, ANY), "bfloat16"))
    a = types.TypeVar("A")
    return {
        "expression": expr.Function((x,), expr.Tuple((x, expr.Constant(np.arange(3)), x))),
        "call of an operator": expr.Call(expr.op("add"), (x, x), None, (), None),
        "polymorphic type": types.FuncType((a,), types.RefType(a), (a,)),
        "tensor type": types.TensorType((Dim("n"), 3), "int8"),
        "tuple of types": (types.TupleType(()), types.TensorType((), "bool")),
        "attributes": Attrs(
            "relay.attrs.SplitAttrs", {"indices_or_sections": (TypedInt(1, BOX), TypedInt(3, BOX)), "axis": 1}
        ),
        "map": Attrs("Map", {"a": 1, "b": "text", "c": 1.5, "d": None, "e": True}),
        "text": "one\ntwo",
        "array": np.arange(6, dtype="float16").reshape(2, 3),
    }


@pytest.mark.parametrize("name", _objects())
def test_any_object_is_written_and_read(name: str) -> None:
    value = _objects()[name]
    again = load_object(save_json(value))
    assert structural_equal(again, value, map_free_vars=True)
    if name != "map":
        assert save_json(again) == save_json(value)
    assert isinstance(again, type(value))


def test_spans_are_objects_too() -> None:
    span = Span("model.py", 3, 4, 3, 9)
    again = load_object(save_json(span))
    assert again == span


def test_dictionaries_and_lists_are_maps_and_arrays() -> None:
    again = load_object(save_json({"a": [1, 2]}))
    assert again == Attrs("Map", {"a": (1, 2)})


def test_variables_of_one_identity_stay_so() -> None:
    nodes = json.loads(save_json(expr.Tuple((expr.Var("x"), expr.Var("x")))))
    variables = [node for node in nodes["nodes"] if node["type_key"] == "relay.Var"]
    assert len({node["attrs"]["vid"] for node in variables}) == 2
    variables[1]["attrs"]["vid"] = variables[0]["attrs"]["vid"]
    again = load_object(json.dumps(nodes))
    first, second = again.fields
    assert first is not second
    assert first.vid is second.vid
    assert save_json(load_object(save_json(again))) == save_json(again)


def test_data_types_and_matches() -> None:
    module = parse(HEADER + TREE + MATCH)
    again = load_json(save_json(module))
    assert print_module(again) == print_module(module)
    (definition,) = again.type_definitions.values()
    assert [constructor.index for constructor in definition.constructors] == [0, 1]


@pytest.mark.parametrize(("name", "byte"), [("List", 136 - 256), ("DefuncFuncType", 148 - 256)])
def test_tags_are_those_of_tvm(name: str, byte: int) -> None:
    header = types.GlobalTypeVar(name)
    assert adt.Constructor("c", (), header, 1).tag == (byte << 24) + 1
    assert adt.Constructor("c", (), header).tag == -1


def test_a_chain_has_no_depth_limit() -> None:
    length = 20_000
    lines = [f"let %v{n} = negative(%v{n - 1 if n else ''});" for n in range(length)]
    module = parse(HEADER + f"def @main(%v: float32) {{ {' '.join(lines)} %v{length - 1} }}")
    assert print_module(load_json(save_json(module))) == print_module(module)


def test_what_the_format_cannot_hold() -> None:
    for value in (Attrs("acme.Attrs", {}), object(), 1j):
        with pytest.raises(DiagnosticError) as caught:
            save_json(value)
        assert caught.value.diagnostics[0].code.id == "R2R0107"


def test_a_virtual_device_that_may_be_anywhere_is_an_object() -> None:
    graph = json.loads(save_json(parse('#[version = "0.0.5"]\ndef @main(%x: int32) { on_device(%x) }')))
    nodes = graph["nodes"]
    (attrs,) = [node["attrs"] for node in nodes if node["type_key"] == "relay.attrs.OnDeviceAttrs"]
    assert nodes[int(attrs["virtual_device"])]["type_key"] == "VirtualDevice"
