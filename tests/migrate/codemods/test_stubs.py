"""What no rule ports gets a stand-in: the file runs as far as it does not need it."""

import runpy
from pathlib import Path

import pytest

from migrate.codemods.driver import Level, Options, port_source

PORT = Options(todo=True, rest=True)
SOURCE = '''"""A file of a fork."""

from tvm import relay
from tvm.relay.op import register_strategy


@register_strategy("nn.conv2d")
def strategy(attrs, inputs, out_type, target):
    return relay.quantize.quantize(inputs)


relay.op.register_shape_func("mine", False)


class Walk(relay.TypeMutator):
    pass


def nothing():
    return 3
'''


def test_the_file_runs_as_far_as_it_can(tmp_path: Path) -> None:
    text = port_source(SOURCE, "fork.py", None, PORT).text
    assert "import relay" not in text
    assert "# TODO(relay2relax relay.manual.strategies): relay.op.register_strategy: Relax has no strategies" in text
    (tmp_path / "fork.py").write_text(text, encoding="utf-8")
    space = runpy.run_path(str(tmp_path / "fork.py"))
    assert space["nothing"]() == 3
    for call in (space["Walk"], lambda: space["strategy"](1, 2, 3, 4)):
        with pytest.raises(NotImplementedError, match=r"was not ported: see relay\.manual"):
            call()


def test_stand_ins_are_reported_again_and_stay() -> None:
    first = port_source(SOURCE, "fork.py", None, PORT)
    again = port_source(first.text, "fork.py", None, PORT)
    assert again.text == first.text
    found = [(place.level, place.rule) for place in again.places]
    assert (Level.MANUAL, "relay.manual.quantization") in found
    assert (Level.MANUAL, "relay.manual.data_types") in found


def test_names_that_were_not_recorded_stay() -> None:
    source = "import tvm\n\nmod = tvm.relax.frontend.onnx.from_onnx(model)\ncc = tvm.contrib.not_recorded.compile\n"
    assert port_source(source, "fork.py", None, PORT).text == source


def test_what_is_set_in_a_module_of_relay_compiles_and_runs(tmp_path: Path) -> None:
    source = "from tvm.relay.op import op as _op\n\n_op.OpStrategy = 3\nx = 4\n"
    text = port_source(source, "fork.py", None, PORT).text
    (tmp_path / "fork.py").write_text(text, encoding="utf-8")
    assert runpy.run_path(str(tmp_path / "fork.py"))["x"] == 4
    assert port_source(text, "fork.py", None, PORT).text == text


def test_an_entry_of_a_table_is_missed_when_it_is_asked_for(tmp_path: Path) -> None:
    source = (
        "from tvm.relay.frontend.common import AttrCvt\n\nTABLE = {'Abs': AttrCvt('abs'), 'Two': 2}\n"
        "PARTS = [AttrCvt('exp'), 3]\n"
    )
    text = port_source(source, "fork.py", None, PORT).text
    (tmp_path / "fork.py").write_text(text, encoding="utf-8")
    space = runpy.run_path(str(tmp_path / "fork.py"))
    assert (space["TABLE"]["Two"], space["PARTS"][1]) == (2, 3)
    for ask in (lambda: space["TABLE"]["Abs"]([1], {}), lambda: space["PARTS"][0].name):
        with pytest.raises(NotImplementedError, match="AttrCvt was not ported"):
            ask()
    again = port_source(text, "fork.py", None, PORT)
    assert again.text == text
    assert [place.level for place in again.places] == [Level.MANUAL] * 2


def test_names_below_a_package_that_went_are_gone(tmp_path: Path) -> None:
    source = "from tvm.contrib.msc.core.ir import MSCGraph\n\n\ndef f(graph: MSCGraph):\n    return 4\n"
    text = port_source(source, "fork.py", None, PORT).text
    (tmp_path / "fork.py").write_text(text, encoding="utf-8")
    assert runpy.run_path(str(tmp_path / "fork.py"))["f"](None) == 4


def test_what_a_module_hands_on_is_missed_where_it_is_used(tmp_path: Path) -> None:
    source = "# why\nfrom tvm.relay import FuncType, Span\nimport tvm.relay.op as op\n\nx = 4\n"
    result = port_source(source, "fork/__init__.py", None, PORT)
    (tmp_path / "fork.py").write_text(result.text, encoding="utf-8")
    space = runpy.run_path(str(tmp_path / "fork.py"))
    assert space["x"] == 4
    for name in ("FuncType", "op"):
        with pytest.raises(NotImplementedError, match=r"tvm\.relay\."):
            space[name].anything()
    assert port_source(result.text, "fork/__init__.py", None, PORT).text == result.text
    assert port_source(source, "fork/__init__.py", None, Options(rest=True)).text == source


def test_without_todos_nothing_is_put() -> None:
    text = port_source(SOURCE, "fork.py", None, Options(rest=True)).text
    assert "relay.quantize.quantize" in text


@pytest.mark.parametrize("quote", ['"', "'", '"""'])
def test_a_stand_in_within_a_formatted_string_keeps_its_quotes(quote: str) -> None:
    source = f"from tvm.relay.mine import PLACE\n\nname = f{quote}{{PLACE}}/log{quote}\n"
    text = port_source(source, "fork.py", None, PORT).text
    assert "not_ported(" in text
    compile(text, "fork.py", "exec")


def test_annotations_hold_no_stand_ins(tmp_path: Path) -> None:
    source = """from typing import Dict, List
from tvm.contrib.msc.core.ir import MSCGraph, MSCTensor


class Graphs:
    last: MSCGraph

    def __init__(self, graphs: List[MSCGraph] = ()) -> Dict[MSCTensor, MSCGraph]:
        self.graphs: List[MSCGraph] = list(graphs)
"""
    result = port_source(source, "fork.py", None, PORT)
    assert result.text.count("TODO(relay2relax") == 4
    (tmp_path / "fork.py").write_text(result.text, encoding="utf-8")
    kind = runpy.run_path(str(tmp_path / "fork.py"))["Graphs"]
    assert kind.__annotations__ == {"last": object}
    assert kind.__init__.__annotations__ == {}
    assert kind([3]).graphs == [3]
    assert port_source(result.text, "fork.py", None, PORT).text == result.text


def test_methods_that_nothing_has_any_more_are_missed_where_they_are_called() -> None:
    source = """from tvm import relay


class Walk(relay.ExprVisitor):
    def visit_let(self, let):
        return super().visit_let(let)
"""
    text = port_source(source, "fork.py", None, PORT).text
    assert 'return not_ported("tvm.relay.ExprFunctor.visit_let", "relay.functors.methods")(let)' in text
    assert port_source(text, "fork.py", None, PORT).text == text
    assert "super().visit_let(let)" in port_source(source, "fork.py", None, Options(rest=True)).text
