"""Text is printed as TVM 0.19 prints it: its own output, read and printed again, is the same to the byte."""

import json
from pathlib import Path
from typing import Any

import pytest
import recorded

from relay_compat.ir.expr import Function
from relay_compat.json.reader import load_json
from relay_compat.text.parser import parse, parse_expr
from relay_compat.text.printer import print_expr, print_module

PRINTED = json.loads(Path(__file__).with_name("printed.json").read_text())
MODELS = [row["name"] for row in recorded.rows("models")]


@pytest.mark.parametrize("name", PRINTED["modules"])
def test_module_round_trip(name: str) -> None:
    text = PRINTED["modules"][name]
    assert print_module(parse(text)) == text


@pytest.mark.parametrize("name", PRINTED["expressions"])
def test_expression_round_trip(name: str) -> None:
    text = PRINTED["expressions"][name]
    assert print_expr(parse_expr(text)) == text


# Reading JSON puts names into a hash table: TVM prints function attributes in that order from then on.
REORDERED = {
    "attr_kinds": ("foo=[1, 2], bar=1.5f, big=1i64", "big=1i64, bar=1.5f, foo=[1, 2]"),
    "function_attrs": ('Primitive=1, Compiler="acme", d=-3', 'd=-3, Compiler="acme", Primitive=1'),
}


@pytest.mark.parametrize("name", PRINTED["json"])
def test_json_prints_as_its_module(name: str) -> None:
    text = PRINTED["modules"][name]
    if name in REORDERED:
        assert REORDERED[name][0] in text
        text = text.replace(*REORDERED[name])
    assert print_module(load_json(json.dumps(PRINTED["json"][name]))) == text


@pytest.mark.parametrize("name", MODELS)
def test_model_round_trip(corpus, name: str) -> None:
    text = corpus("models").text(name, "module.relay")
    assert print_module(parse(text, name)) == text


@pytest.mark.parametrize("name", MODELS)
def test_model_from_json_prints_as_its_text(corpus, name: str) -> None:
    module = load_json(corpus("models").text(name, "module.json"), name)
    assert print_module(module) == corpus("models").text(name, "module.relay")


def test_types_are_inferred_and_not_copied_from_comments() -> None:
    text = PRINTED["modules"]["let_if"].replace("ty=int32", "ty=float64")
    assert print_module(parse(text)) == PRINTED["modules"]["let_if"]


def test_recorded_types_are_collected() -> None:
    found: dict = {}
    parse(PRINTED["modules"]["let_if"], recorded=found)
    assert len(found) == PRINTED["modules"]["let_if"].count("ty=")
    assert set(found.values()) == {"int32", "bool"}


def test_metadata_can_be_left_out() -> None:
    text = PRINTED["expressions"]["metadata"]
    shown = print_expr(parse_expr(text), show_meta_data=False)
    assert shown.startswith(text.split("#[metadata]")[0] + "/* For debugging purposes")
    assert "b64ndarrays" not in shown


def test_meta_free_forms_show_maps_and_attributes() -> None:
    text = print_module(parse(PRINTED["modules"]["attr_map"]), show_meta_data=False)
    assert 'g={"k"=1}' in text


def test_declared_spans_are_kept_apart_from_places() -> None:
    function = parse(PRINTED["modules"]["spans"], "file.relay")["main"]
    assert isinstance(function, Function)
    call: Any = function.body
    assert (call.span.source, call.span.line) == ("file.relay", 3)
    assert str(call.span.declared) == "model.py:3:4"


def test_default_doubles_are_compared_as_tvm_does() -> None:
    # In TVM 0.19 nn.batch_norm with epsilon 1e-5 + 1e-10 prints none; with 1e-5 + 2e-9 it prints 1.0002e-05f.
    text = PRINTED["modules"]["let_if"].split("def")[0]
    params = "".join(f", %{n}: Tensor[(3), float32]" for n in "gbmv")

    def printed(epsilon: str) -> str:
        args = "%x, %g, %b, %m, %v"
        source = f"{text}def @main(%x: Tensor[(1, 3), float32]{params}) {{ nn.batch_norm({args}, epsilon={epsilon}f) }}"
        return print_module(parse(source))

    assert "epsilon" not in printed("0.0000100001")
    assert "epsilon=1.0002e-05f" in printed("0.000010002")
