"""What real TVM printed is read and printed back to the same text; what we print reads back to itself."""

from pathlib import Path
from typing import Any

import pytest

from relax_core.ir.expr import DataflowBlock, DataflowVar, Function, GlobalVar, IRModule, MatchCast, SeqExpr, Var
from relax_core.normalize import normalize
from relax_core.text.config import ScriptConfig
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.text.release import release_of
from relax_core.well_formed import check
from tensor_core.diagnostics import DiagnosticError
from tensor_core.shapes import to_text

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "relax_text"
RECORDED = sorted(GOLDEN.glob("*/*.txt"))
# Operators that the other release does not have, or not in this meaning.
NOT_IN_THE_OTHER = {
    ("batch_norm_training", "0.27"),
    ("operators", "0.19"),
    ("operators", "0.27"),
    ("take_mode", "0.27"),
}


def recorded(path: Path) -> tuple[str, str]:
    """The release and the text."""
    return path.parent.name, path.read_text().removesuffix("\n")


def name(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", RECORDED, ids=name)
def test_tvm_prints_come_back(path: Path):
    release, text = recorded(path)
    assert print_module(read(text, path.name, release), release) == text


@pytest.mark.parametrize("path", RECORDED, ids=name)
def test_the_other_release_says_the_same(path: Path):
    """Printed for the other release and read from there, the module prints as before."""
    release, text = recorded(path)
    other = "0.27" if release == "0.19" else "0.19"
    module = read(text, path.name, release)
    if (path.stem, release) in NOT_IN_THE_OTHER:
        with pytest.raises(DiagnosticError, match="R2R0407"):
            print_module(module, other, release)
        return
    elsewhere = print_module(module, other, release)
    again = print_module(read(elsewhere, "elsewhere", other), other)
    assert again == elsewhere


@pytest.mark.parametrize("path", RECORDED, ids=name)
def test_what_is_read_is_normal_and_well_formed(path: Path):
    release, text = recorded(path)
    module = read(text, path.name, release)
    assert not check(module)
    again = normalize(module, release)
    for var, function in module.functions.items():
        if isinstance(function, Function):
            normal = again[var.name]
            assert isinstance(normal, Function)
            assert normal.body is function.body  # nothing was left to do


@pytest.mark.parametrize("path", RECORDED, ids=name)
def test_the_release_shows(path: Path):
    """A text that differs between releases is recognised; others are taken for the newest, or for old style."""
    release, text = recorded(path)
    found = release_of(text)
    assert found.name == release or not found.evidence or found.evidence in ("= T.int64()", "R.Object")


def one(text: str, release: str | None = None) -> Any:
    """The one function of a text; its nodes are what the tests look into."""
    return read(text, release=release)["main"]


def test_nodes_of_a_function():
    function = one(
        """
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor(("n", 4), "float32")):
        n = T.int64()
        with R.dataflow():
            a = R.nn.relu(R.add(x, x))
            b = R.match_cast(a, R.Tensor((n, 4), "float32"))
            R.output(b)
        return b
"""
    )
    assert function.attrs == {"global_symbol": "main"}
    assert isinstance(function.body, SeqExpr)
    (block,) = function.body.blocks
    assert isinstance(block, DataflowBlock)
    assert [binding.var.name for binding in block.bindings] == ["lv", "a", "b"]
    assert [type(binding.var) for binding in block.bindings] == [DataflowVar, DataflowVar, Var]
    cast: Any = block.bindings[2]
    assert isinstance(cast, MatchCast)
    target: Any = cast.ty
    assert target.shape[0] is function.params[0].ty.shape[0]
    assert function.ret_ty == function.params[0].ty
    first: Any = block.bindings[0]
    assert str(first.span) == "from_string:8:27"


def test_a_rebound_name_is_another_variable():
    text = """
@R.function
def main(x: R.Tensor((2,), "float32")):
    y = R.add(x, x)
    y = R.nn.relu(y)
    return y
"""
    first, second = one(text).body.blocks[0].bindings
    assert first.var is not second.var
    assert second.value.args == (first.var,)
    assert 'y_1: R.Tensor((2,), dtype="float32") = R.nn.relu(y)' in print_module(read(text))


def test_attributes_may_stand_by_place_and_be_left_out():
    text = """
@R.function
def main(x: R.Tensor((1, 3, 8, 8), "float32"), y: R.Tensor((2, 3), "float32")):
    a = R.nn.max_pool2d(x, [2, 2], [2, 2], [0, 0, 0, 0])
    b = R.sum(y, 1, True)
    c = R.permute_dims(y)
    d = R.concat((y, y), 1)
    return (a, b, c, d)
"""
    a, b, c, d = [binding.value for binding in one(text).body.blocks[0].bindings]
    assert (a.attrs["pool_size"], a.attrs["strides"], a.attrs["padding"]) == ((2, 2), (2, 2), (0, 0, 0, 0))
    assert dict(b.attrs) == {"axis": (1,), "keepdims": True}
    assert dict(c.attrs) == {"axes": None}
    assert dict(d.attrs) == {"axis": 1}


def test_an_unknown_operator_is_kept_when_its_type_is_stated():
    text = """
@R.function
def main(x: R.Tensor((2,), "float32")) -> R.Tensor((3,), "float32"):
    y: R.Tensor((3,), "float32") = R.vendor.stretch(x, factor=1.5, mode="wide", sizes=[1, 2])
    return y
"""
    value = one(text).body.blocks[0].bindings[0].value
    assert (value.op.name, value.op.card) == ("relax.vendor.stretch", None)
    assert dict(value.attrs) == {"factor": 1.5, "mode": "wide", "sizes": (1, 2)}
    assert 'R.vendor.stretch(x, factor=1.5, mode="wide", sizes=[1, 2])' in print_module(read(text))


def test_a_scalar_parameter_is_a_symbolic_variable_since_0_26():
    text = """
@R.function
def main(x: R.Tensor(("k",), "float32"), k: T.int64):
    y = R.reshape(x, R.shape([k, 1]))
    return y
"""
    function = one(text, "0.27")
    assert function.params[1].ty.value is function.params[0].ty.shape[0]
    # TVM declares what a parameter's type mentions before the parameter itself.
    module = read(text, release="0.27")
    printed = print_module(module, config=ScriptConfig(exact=True))
    assert 'def main(x: R.Tensor(("k",), dtype="float32"), k: T.int64)' in printed
    assert "        k = T.int64()\n" in printed
    # It does not read that itself.
    with pytest.raises(DiagnosticError, match="R2R0407"):
        print_module(module)


def test_a_long_sum_is_no_matter_of_depth():
    terms = " + ".join(["x"] * 300)
    function = one(f'@R.function\ndef main(x: R.Tensor((2,), "float32")):\n    return {terms}\n')
    assert len(function.body.blocks[0].bindings) == 299


def test_fifty_thousand_bindings_come_back():
    lines = [f'            lv{n + 1}: R.Tensor((2, 3), dtype="float32") = R.add(lv{n}, x)' for n in range(49_999)]
    text = "\n".join(
        [
            "# from tvm.script import ir as I",
            "# from tvm.script import relax as R",
            "",
            "@I.ir_module",
            "class Module:",
            "    @R.function",
            '    def main(x: R.Tensor((2, 3), dtype="float32")) -> R.Tensor((2, 3), dtype="float32"):',
            "        with R.dataflow():",
            '            lv0: R.Tensor((2, 3), dtype="float32") = R.add(x, x)',
            *lines,
            '            gv: R.Tensor((2, 3), dtype="float32") = R.nn.relu(lv49999)',
            "            R.output(gv)",
            "        return gv",
        ]
    )
    module = read(text)
    assert isinstance(module, IRModule)
    assert isinstance(module.get_global_var("main"), GlobalVar)
    assert print_module(module) == text


# ---- type parameters

TYPE_PARAMETERS = '''
@I.ir_module
class Module:
    @R.function
    def main[n,
       m](x: R.Tensor((n, m, n * 2), "float32"), s: R.Shape([k])) -> R.Tensor((n, m, n * 2), "float32"):
        """def quoted[n](x):"""
        y = R.add(x, x)  # def commented[
        return y
'''


def test_type_parameters_are_read_on_every_python():
    function = read(TYPE_PARAMETERS, release="0.27")["main"]
    shape = function.params[0].ty.shape
    assert function.ret_ty.shape[0] is shape[0]
    assert list(map(to_text, shape)) == ["n", "m", "n * 2"]
    # Places after the parameters are those of the text.
    assert str(function.params[0].span) == "from_string:6:11"


def test_type_parameters_are_printed_on_demand():
    module = read(TYPE_PARAMETERS, release="0.27")
    text = print_module(module, config=ScriptConfig(pep695=True))
    assert text.startswith("from __future__ import annotations\n\n# from tvm.script import ir as I\n")
    assert "    def main[k, m, n](x: R.Tensor((n, m, n * 2)" in text
    assert print_module(read(text), config=ScriptConfig(pep695=True)) == text


@pytest.mark.parametrize("written", ["main[n: int]", "main[*n]", "main[n=3]", "main[]", "main[(n)]"])
def test_other_type_parameters_are_refused(written: str):
    with pytest.raises(DiagnosticError, match=r"R2R01(12|01)"):
        read(f"@R.function\ndef {written}(x: R.Object):\n    return x\n")


# ---- releases between


@pytest.mark.parametrize(
    ("text", "release", "candidates"),
    [
        ("import tir as T", "0.19", ("0.19", "0.21")),
        ("import tirx as T", "0.27", ("0.25", "0.26", "0.27")),
        ("import tirx as T\nout_sinfo=", "0.25", ("0.25",)),
        ("out_ty=", "0.27", ("0.26", "0.27")),
        ("TypeVar(", "0.27", ("0.27",)),
        ("R.Object", "0.19", ("0.19", "0.21", "0.25", "0.26", "0.27")),
        ("", "0.27", ("0.19", "0.21", "0.25", "0.26", "0.27")),
    ],
)
def test_the_releases_that_a_text_may_be_of(text: str, release: str, candidates: tuple[str, ...]):
    found = release_of(text)
    assert (found.name, found.candidates) == (release, candidates)


@pytest.mark.parametrize("release", ["0.20", "0.22", "0.23", "0.24"])
def test_releases_without_a_wheel_are_derived(release: str):
    assert release_of("", stated=release).derived
    assert not release_of("", stated="0.21").derived
    text = "@R.function\ndef main(x: R.Tensor((2,), dtype='float32')):\n    return x\n"
    module = read(text, release=release)
    assert module.release == release
    assert print_module(read(print_module(module, release), release=release), release) == print_module(module, release)
