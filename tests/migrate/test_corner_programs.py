"""Small programs that once went wrong on the whole way: read, convert, print, read, run, verify."""

import numpy as np
import pytest

import migrate
import relay_compat.ir.expr as relay
from migrate.verify.verdict import Outcome
from relax_core.text.printer import print_module
from relax_core.text.release import header
from tensor_core.module import GlobalVar, IRModule
from tensor_core.types import TensorType

HEADER = '#[version = "0.0.5"]\n'
BATCH_NORM = """def @main(%x: Tensor[(2, 3, 4), float32], %s: Tensor[(3), float32], %b: Tensor[(3), float32],
    %m: Tensor[(3), float32], %v: Tensor[(3), float32]) {
  %0 = nn.batch_norm(%x, %s, %b, %m, %v);
"""
PROGRAMS = {
    "field of an expansion is the result": BATCH_NORM + "  %0.0\n}\n",
    "expansion is the result": BATCH_NORM + "  %0\n}\n",
    "field of an expansion in a branch": BATCH_NORM.replace("%x:", "%c: bool, %x:")
    + "  %1 = if (%c) { add(%0.0, 1f) } else { %0.0 };\n  nn.relu(%1)\n}\n",
    "let and if as operands": """def @main(%c: bool, %x: Tensor[(3), float32]) {
  let %y: Tensor[(3), float32] = exp(%x);
  %0 = if (%c) { nn.relu(%y) } else { negative(%y) };
  add(%0, %y)
}
""",
    "global function called twice": """def @f(%x: Tensor[(3), float32]) -> Tensor[(3), float32] { exp(%x) }
def @main(%x: Tensor[(3), float32], %y: Tensor[(3), float32]) -> Tensor[(3), float32] {
  %0 = @f(%x);
  %1 = @f(%y);
  add(%0, %1)
}
""",
    "neighbours of no elements": "def @main(%x: Tensor[(2, 3, 0, 2), float32]) { nn.lrn(%x, size=3) }",
    "stack": """def @main(%x: Tensor[(2), float32], %y: Tensor[(2), float32]) {
  %0 = (%x, %y);
  stack(%0, axis=-1)
}
""",
    "stack of a tuple parameter": "def @main(%x: (Tensor[(2), float32], Tensor[(2), float32])) { stack(%x, axis=0) }\n",
    "sizes of 64 bits": """def @main(%x: Tensor[(1, 3), float32]) {
  %0 = broadcast_to(%x, shape=[2i64, 3i64]);
  subtract(%0, %x)
}
""",
    "padding value as operand": """def @main(%x: Tensor[(2, 3), float32], %v: float32) {
  nn.pad(%x, %v, pad_width=[[1, 1], [0, 2]])
}
""",
    "scalar index": "def @main(%x: Tensor[(4, 2), float32], %i: int32) { take(%x, %i, axis=0) }\n",
    "pool without an output size": """def @main(%x: Tensor[(1, 2, 4), float32]) {
  nn.adaptive_avg_pool1d(%x, output_size=None)
}
""",
    "reduction over no axis": "def @main(%x: Tensor[(2, 3), bool]) { sum(%x, axis=[0, 1], exclude=True) }\n",
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("target", ["0.27", "0.19"])
def test_whole_way(name: str, target: str):
    module = migrate.load(HEADER + PROGRAMS[name])
    result = migrate.convert(module, target=target)
    assert result.report.complete
    script = migrate.load(result.script())
    assert header(target) + print_module(script, target) == result.script()
    for right in (result.module, script):
        verdict = migrate.verify(module, right, prove=False)
        assert verdict.outcome is Outcome.EXACT, verdict.reason
        for executor in ("backend", "interpreter"):
            got = migrate.run(right, list(verdict.inputs.values()), executor=executor)
            want = migrate.run(module, list(verdict.inputs.values()), executor="interpreter")
            for a, b in zip(got, want, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-5)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [("float16", [1e6, 3e-8, np.nan]), ("e4m3_float8", [500.0, 0.003, np.inf]), ("bfloat16", [1, 2, 3])],
)
def test_casts_that_overflow_or_lose_bits_agree(dtype: str, value: list[float]):
    module = migrate.load(f'{HEADER}def @main(%x: Tensor[(3), float32]) {{ cast(%x, dtype="{dtype}") }}')
    script = migrate.load(migrate.convert(module).script())
    verdict = migrate.verify(module, script, [np.array(value, "float32")], prove=False)
    assert verdict.outcome is Outcome.EXACT, verdict.reason
    assert verdict.compared == 1


def test_values_that_are_not_numbers_are_matched_without_provenance():
    text = "def @main(%x: Tensor[(3), float32], %y: Tensor[(3), float32]) { nn.relu(power(%x, %y)) }\n"
    module = migrate.load(HEADER + text)
    args = [np.array([-2, 3, 0], "float32"), np.array([0.5, 2, -1], "float32")]
    right = migrate.load(migrate.convert(module).script())
    assert migrate.verify(module, right, args, prove=False).compared == 2
    wrong = migrate.load(migrate.convert(module).script().replace("R.power(x, y)", "R.add(x, y)"))
    assert migrate.verify(module, wrong, args, prove=False).outcome is Outcome.DIFFERENT


def test_parameters_of_one_name_take_arguments_by_position():
    kind = TensorType((2,), "float32")
    x, y = relay.Var("x", kind), relay.Var("x", kind)
    function = relay.Function((x, y), relay.Call(relay.op("subtract"), (x, y)), None)
    module = IRModule({GlobalVar("main"): function})
    converted = migrate.convert(module).module
    args = [np.array([3, 4], "float32"), np.array([1, 1], "float32")]
    for side in (module, converted):
        (got,) = migrate.run(side, args)
        assert got.tolist() == [2, 3]
    assert migrate.verify(module, converted, args, prove=False)
    with pytest.raises(migrate.DiagnosticError, match="several parameters called 'x'"):
        migrate.run(module, {"x": args[0]})


def test_a_script_keeps_the_meaning_of_its_release():
    text = "def @main(%x: Tensor[(2, 3), float32]) { nn.pad(%x, 1f, pad_width=[[1, 1], [0, 2]]) }"
    module = migrate.load(HEADER + text)
    assert migrate.convert(module, target="0.19").module.release == "0.19"
    script = migrate.convert(module, target="0.19").script()
    assert migrate.load(script).release == "0.19"
    with pytest.raises(migrate.DiagnosticError, match="R2R0105"):
        migrate.load(script, release="0.27")
    with pytest.raises(migrate.DiagnosticError, match="R2R0405"):
        migrate.load(script, release="0.1")


def test_too_many_inputs_are_refused_by_verify():
    module = migrate.load(f"{HEADER}def @main(%x: Tensor[(3), float32]) {{ exp(%x) }}")
    with pytest.raises(migrate.DiagnosticError, match="R2R0503"):
        migrate.verify(module, None, [np.zeros(3, "float32")] * 2, prove=False)


def test_a_dynamic_parameter_is_given_or_drawn_as_the_others():
    text = "def @main(%x: Tensor[(?), float32], %w: Tensor[(1), float32]) { add(%x, %w) }\n"
    module = migrate.load(HEADER + text)
    script = """from tvm.script import ir as I
from tvm.script import relax as R

@I.ir_module
class Module:
    @R.function
    def main(
        x: R.Tensor(("n",), dtype="float32"), w: R.Tensor((1,), dtype="float32")
    ) -> R.Tensor(("n",), dtype="float32"):
        gv = R.add(x, w)
        return gv
"""
    verdict = migrate.verify(module, migrate.load(script), {"x": np.ones(5, "float32")}, prove=False)
    assert verdict
    assert verdict.interpreted == verdict.by_reference == ()
    drawn = migrate.verify(module, migrate.load(script), prove=False)
    assert drawn
    assert 2 <= drawn.inputs["x"].size <= 4


def test_what_is_not_compiled_is_named():
    text = 'def @main(%x: Tensor[(3), float32]) { nn.relu(cast(cast(%x, dtype="e4m3_float8"), dtype="float32")) }\n'
    verdict = migrate.verify(migrate.load(HEADER + text), prove=False)
    assert verdict
    assert verdict.by_reference == ("cast",)
    assert verdict.to_json()["by_reference"] == ["cast"]
    plain = migrate.verify(migrate.load(HEADER + "def @main(%x: Tensor[(3), float32]) { nn.relu(%x) }\n"), prove=False)
    assert plain.by_reference == ()


def test_results_of_kernels_are_outputs_of_their_dataflow_block():
    """TVM's build of every release aborts on a dataflow variable made by a kernel that reads one array."""
    text = "def @main(%x: Tensor[(4), float32]) { exp(sliding_window(%x, axis=0, window_shape=[2], strides=[1])) }\n"
    converted = migrate.convert(migrate.load(HEADER + text))
    assert "R.output(gv, gv1)" in converted.script()
    respelled = migrate.convert(migrate.load(converted.script()), target="portable").script()
    assert "R.output(gv, gv1)" in respelled
    assert migrate.verify(
        migrate.load(HEADER + text), migrate.load(respelled), [np.array([3, 4, 0, 2], "float32")], prove=False
    )
