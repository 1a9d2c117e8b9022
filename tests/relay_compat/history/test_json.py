"""JSON of older releases means what it meant there: modules of 0.19 put back into older layouts."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from relay_compat.ir.expr import Call, Constant, Function
from relay_compat.json.reader import load_json
from relay_compat.json.writer import save_json
from relay_compat.text.parser import parse
from relay_compat.text.printer import print_module
from tensor_core.diagnostics import DiagnosticError

HEADER = '#[version = "0.0.5"]\n'
IMAGE = "%x: Tensor[(1, 3, 8, 8), float32]"
POOL = "nn.max_pool2d(%x, pool_size=[2, 2])"
Node = dict[str, Any]
Change = Callable[[Node], None]


def old(params: str, expression: str, version: str, changes: dict[str, Change]) -> str:
    """A module as an older release stored it: ``changes`` by kind of node, made to its fields."""
    document = json.loads(save_json(parse(HEADER + f"def @main({params}) {{ {expression} }}")))
    document["attrs"]["tvm_version"] = version
    for node in list(document["nodes"]):
        for kind, change in changes.items():
            if node["type_key"].endswith(kind):
                change(node.get("attrs", node))
    return json.dumps(document)


def without(*names: str) -> Change:
    def change(fields: Node) -> None:
        for name in names:
            del fields[name]

    return change


def stored(**values: str) -> Change:
    return lambda fields: fields.update(values)


def text_of(params: str, expression: str) -> str:
    return print_module(parse(HEADER + f"def @main({params}) {{ {expression} }}"))


def main(text: str, release: str | None = None) -> Any:
    function = load_json(text, release=release)["main"]
    assert isinstance(function, Function)
    return function.body


@pytest.mark.parametrize("version", ["0.7.0", "0.8.0", "0.15.0", "0.18.0"])
def test_fields_that_came_later(version: str) -> None:
    changes = {"IRModule": without("global_infos")} if version < "0.16" or version < "0.9.9" else {}
    if version == "0.7.0":
        changes |= {"MaxPool2DAttrs": lambda f: (without("dilation", "out_layout")(f), f.update(layout="NCHW"))[0]}
    if version == "0.18.0":
        changes = {}
    assert print_module(load_json(old(IMAGE, POOL, version, changes))) == text_of(IMAGE, POOL)


def test_a_missing_field_of_no_older_release_is_damage() -> None:
    with pytest.raises(DiagnosticError, match="has no field dilation"):
        load_json(old(IMAGE, POOL, "0.19.0", {"MaxPool2DAttrs": without("dilation")}))
    with pytest.raises(DiagnosticError, match="has no field pool_size"):
        load_json(
            old(
                IMAGE,
                POOL,
                "0.7.0",
                {"MaxPool2DAttrs": lambda f: (without("pool_size")(f), f.update(layout="NCHW"))[0]},
            )
        )


def test_texts_that_became_nodes() -> None:
    conv = "nn.conv2d(%x, %w, channels=4, kernel_size=[3, 3])"
    params = f"{IMAGE}, %w: Tensor[(4, 3, 3, 3), float32]"
    layouts = {"data_layout": "NCHW", "kernel_layout": "OIHW", "out_layout": ""}
    text = old(params, conv, "0.7.0", {"Conv2DAttrs": stored(**layouts)})
    assert print_module(load_json(text)) == text_of(params, conv)
    # A file whose version was changed by hand.
    with pytest.raises(DiagnosticError, match="is a reference, not a text"):
        load_json(old(params, conv, "0.7.0", {}))


def test_padding_value() -> None:
    pad = "nn.pad(%x, 0f, pad_width=[[0, 0], [0, 0], [1, 1], [1, 1]])"

    def change(document: str) -> str:
        loaded = json.loads(document)
        for node in loaded["nodes"]:
            if node["type_key"] == "relay.attrs.PadAttrs":
                node["attrs"] |= {"pad_value": "1.5", "pad_mode": "constant"}
            if node["type_key"] == "relay.Call":
                loaded["nodes"][int(node["attrs"]["args"])]["data"].pop()
        return json.dumps(loaded)

    body = main(change(old(IMAGE, pad, "0.7.0", {})))
    assert isinstance(body, Call)
    (value,) = body.args[1:]
    assert isinstance(value, Constant)
    np.testing.assert_array_equal(value.data, np.float32(1.5))


def test_weights_of_transposed_convolutions() -> None:
    params = f"{IMAGE}, %w: Tensor[(3, 6, 3, 3), float32]"
    conv = "nn.conv2d_transpose(%x, %w, channels=6, kernel_size=[3, 3])"
    text = old(params, conv, "0.7.0", {"Conv2DTransposeAttrs": stored(kernel_layout="OIHW")})
    assert print_module(load_json(text)) == text_of(params, conv)
    assert main(text, release="0.7").attrs.kernel_layout == "IOHW"
    with pytest.raises(DiagnosticError, match="R2R0306"):
        load_json(text, release="0.8.dev3")
    with pytest.raises(DiagnosticError, match="R2R0202"):
        load_json(text, release="0.8")


def test_batch_matmul_without_attributes() -> None:
    params, call = "%a: Tensor[(2, 3, 4), float32]", "nn.batch_matmul(%a, %a, transpose_b=True)"
    text = old(params, call, "0.7.0", {"relay.Call": stored(attrs="0")})
    assert print_module(load_json(text)) == text_of(params, call)


@pytest.mark.parametrize("version", ["0.5.0", "next", 7])
def test_releases_that_cannot_be_read(version: Any) -> None:
    text = old(IMAGE, POOL, version, {})
    with pytest.raises(DiagnosticError, match="R2R0305"):
        load_json(text)
    assert load_json(text, release="0.19")


@pytest.mark.parametrize("version", ["0.19.dev3", "0.20.dev0", "0.20.0"])
def test_relay_stayed_as_it_was(version: str) -> None:
    assert print_module(load_json(old(IMAGE, POOL, version, {}))) == text_of(IMAGE, POOL)


def _as_0_6(document: str) -> str:
    """Kinds and names as 0.6 had them."""
    loaded = json.loads(document)
    nodes: list[Node] = loaded["nodes"]
    prefixed = (
        "Op",
        "TupleType",
        "FuncType",
        "TypeCall",
        "TypeVar",
        "GlobalTypeVar",
        "GlobalVar",
        "IncompleteType",
        "Span",
    )
    for node in list(nodes):
        kind, attrs = node["type_key"], node.get("attrs", {})
        if kind in ("TypeVar", "GlobalTypeVar"):
            name = nodes[int(attrs.pop("name_hint"))]["repr_str"]
            attrs["var"] = str(len(nodes))
            nodes.append({"type_key": "Variable", "attrs": {"name": name, "dtype": "handle"}})
        elif kind in ("GlobalVar", "relay.Id", "relay.Constructor"):
            attrs["name_hint"] = nodes[int(attrs["name_hint"])].get("repr_str", "")
        if kind == "Op":
            node["global_key"] = node.pop("repr_str")
        for name in ("virtual_device_", "struct_info_", "global_infos", "source_map"):
            attrs.pop(name, None)
        if kind == "IRModule":
            attrs.pop("attrs")
            node["type_key"] = "relay.Module"
        elif kind in prefixed:
            node["type_key"] = f"relay.{kind}"
    loaded["attrs"]["tvm_version"] = "0.6.1"
    return json.dumps(loaded)


LIST = "type List[A] { Cons(A, List[A]), Nil, }\n"
FIRST = "def @main[A](%l: List[A], %d: A) -> A { match (%l) { Cons(%h, _) => { %h }, Nil => { %d }, } }\n"
USE = "def @use(%x: Tensor[(2), float32]) -> Tensor[(2), float32] { add(%x, @main(Nil, %x)) }"


def test_a_module_of_0_6() -> None:
    module = parse(HEADER + LIST + FIRST + USE)
    assert print_module(load_json(_as_0_6(save_json(module)))) == print_module(module)


@pytest.mark.parametrize(
    "damage",
    [
        lambda nodes: nodes.__setitem__(3, 5),
        lambda nodes: [node["attrs"].update(var="99999") for node in nodes if node["type_key"] == "relay.TypeVar"],
        lambda nodes: [node["attrs"].update(name=7) for node in nodes if node["type_key"] == "Variable"],
        lambda nodes: [node.update(attrs=[]) for node in nodes if node["type_key"] == "Variable"],
        lambda nodes: [node.update(global_key=5) for node in nodes if node["type_key"] == "relay.Op"],
    ],
)
def test_damaged_modules_of_0_6(damage: Callable[[list[Any]], Any]) -> None:
    loaded = json.loads(_as_0_6(save_json(parse(HEADER + LIST + FIRST + USE))))
    damage(loaded["nodes"])
    with pytest.raises(DiagnosticError):
        load_json(json.dumps(loaded))
