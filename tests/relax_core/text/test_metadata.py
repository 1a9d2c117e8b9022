"""Metadata sections of scripts, as TVM 0.19 to 0.27 wrote them (tests/golden/relax_metadata)."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relax_core.ir.expr import Function, IRModule
from relax_core.structural import structural_equal
from relax_core.text.config import ScriptConfig
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ndarray import NDArray

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "relax_metadata"
RELEASES = ("0.19", "0.21", "0.25", "0.26", "0.27")


def recorded(release: str) -> str:
    return (GOLDEN / f"{release}.txt").read_text().rstrip()


def constants(function: Any) -> list[np.ndarray[Any, Any]]:
    assert isinstance(function, Function)
    body: Any = function.body
    return [body.blocks[0].bindings[0].value.args[1].data, *[item.data for item in body.body.fields[1:]]]


@pytest.mark.parametrize("release", RELEASES)
def test_sections_are_read(release: str):
    function: Any = read(recorded(release), release=release)["main"]
    assert function.attrs["note"] == "two\nlines"
    found = constants(function)
    assert [item.tolist() for item in found] == [[1.5, 2.0], [[3], [-4]], [True, False], [1.0, 2.5]]
    assert [str(item.dtype) for item in found] == ["float32", "int64", "bool", "float8_e4m3fn"]


def without_spans(text: str) -> Any:
    """The graph of a section of 0.26 or 0.27 as nested values: places in the source are left out."""
    section = re.search(r'load_json\("""(.*?)"""\)', text, re.DOTALL)
    assert section
    graph = json.loads(section[1].replace('\\"', '"').replace("\\\\", "\\"))
    nodes = graph["nodes"]

    def value(place: int) -> Any:
        kind, data = nodes[place]["type"], nodes[place].get("data")
        if kind in ("ffi.Array", "ffi.Map"):
            return [kind, [value(item) for item in data]]
        if not isinstance(data, dict):
            return [kind, data]
        plain = {"ndim", "line", "column", "end_line", "end_column"}
        return [
            kind,
            {
                key: item
                if key in plain
                or not isinstance(item, int)
                or (key == "value" and kind == "ir.IntImm" and "int" not in {node["type"] for node in nodes})
                else value(item)
                for key, item in data.items()
                if key != "span"
            },
        ]

    return value(graph["root_index"]), graph["metadata"]


@pytest.mark.parametrize("release", RELEASES)
def test_sections_are_written_as_tvm_writes_them(release: str):
    expected = recorded(release)
    text = print_module(read(expected, release=release), release, config=ScriptConfig(exact=True, show_meta=True))
    if release in ("0.26", "0.27"):
        # TVM writes where in its source a constant stood.
        assert text.partition('""")')[2] == expected.partition('""")')[2]
        assert without_spans(text) == without_spans(expected)
    else:
        assert text == expected


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("source", RELEASES)
def test_sections_cross_releases(source: str, release: str):
    module = read(recorded(source), release=source)
    text = print_module(module, release, source, ScriptConfig(show_meta=True))
    assert structural_equal(read(text, release=release), module)


DAMAGED = {
    r"\"nodes\"": r"\"n0des\"",
    r"\"data\"": r"\"d@ta\"",
    "P6G0lv": "AAAAAA",
    "P6G0l": "P6G0l!",
    'metadata["ir.GenericConst"][1]': 'metadata["ir.GenericConst"][9]',
    'metadata["ir.GenericConst"][2]': 'metadata["ir.Op"][0]',
    "tvm.ir.load_json": "tvm.ir.load",
    r"\"root_index\": ": r"\"root_index\": -",
    r"\"value\": ": r"\"value\": 9",
}


@pytest.mark.parametrize("old", DAMAGED)
def test_damaged_sections_are_refused(old: str):
    text = recorded("0.27")
    assert old in text
    with pytest.raises(DiagnosticError, match="R2R0107"):
        read(text.replace(old, DAMAGED[old]), release="0.27")


def test_a_reference_without_a_section_is_refused():
    text = recorded("0.27").partition('""")')[2]
    with pytest.raises(DiagnosticError, match="which it does not have"):
        read(text, release="0.27")


def attribute_arrays(module: IRModule) -> list[Any]:
    return [(type(item), item.tolist(), str(item.dtype)) for item in module.attrs["state"]]


ARRAYS = [(NDArray, [[1.5, 2.0]], "float32"), (NDArray, 7, "int64"), (NDArray, [True, False], "bool")]


@pytest.mark.parametrize("release", RELEASES)
def test_arrays_among_attributes_are_read_and_written_as_in_tvm(release: str):
    expected = recorded(f"arrays-{release}")
    module = read(expected, release=release)
    assert attribute_arrays(module) == ARRAYS
    assert print_module(module, release, config=ScriptConfig(exact=True, show_meta=True)) == expected


@pytest.mark.parametrize("release", RELEASES)
def test_arrays_among_attributes_read_back_without_a_section(release: str):
    text = print_module(read(recorded("arrays-0.27"), release="0.27"), release, "0.27")
    assert "metadata" not in text
    assert attribute_arrays(read(text, release=release)) == ARRAYS


@pytest.mark.parametrize(
    ("array", "release", "code"),
    [(np.zeros(9999), "0.27", "R2R0406"), (np.zeros((0, 2)), "0.27", "R2R0406"), (np.zeros(2), "portable", "R2R0407")],
)
def test_arrays_that_text_does_not_say_are_refused(array: np.ndarray[Any, Any], release: str, code: str):
    module = read(recorded("arrays-0.27"), release="0.27").with_attr("state", [array])
    with pytest.raises(DiagnosticError, match=code):
        print_module(module, release)
