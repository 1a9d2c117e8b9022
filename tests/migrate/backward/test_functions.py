"""From Relax back to Relay: functions of all kinds, branches, sizes, devices, constants."""

import numpy as np
import pytest
from function_programs import HEADER, PROGRAMS

import migrate
from relax_core.structural import structural_equal as equal_in_relax
from relay_compat.structural import structural_equal

SCRIPT = """# Relax of TVM 0.27
from tvm.script import ir as I
from tvm.script import relax as R
from tvm.script import tir as T

@I.ir_module
class Module:
"""


def revert(body: str):
    return migrate.revert(migrate.load(SCRIPT + body))


@pytest.mark.parametrize("name", PROGRAMS)
def test_there_and_back(name: str):
    text, args = PROGRAMS[name]
    module = migrate.load(HEADER + text)
    there = migrate.convert(module).module
    back = migrate.revert(there)
    assert back.report.complete, back.report.diagnostics
    want = migrate.run(module, args, executor="interpreter")
    for a, b in zip(migrate.run(back.module, args, executor="interpreter"), want, strict=True):
        np.testing.assert_array_equal(a, b)
    read = migrate.load(back.text())
    assert structural_equal(read, back.module)
    # One step on, nothing moves any more.
    again = migrate.convert(back.module).module
    assert equal_in_relax(migrate.convert(migrate.revert(again).module).module, again)


def test_sizes_are_found_again_and_relations_are_reported():
    back = revert("""
    @R.function
    def main(x: R.Tensor(("n", 4), "float32"), y: R.Tensor(("n",), "float32")):
        n = T.int64()
        with R.dataflow():
            z = R.reshape(x, R.shape([n * 4]))
            w = R.broadcast_to(R.const(1, "float32"), R.shape([n, 2]))
            s = R.shape_of(y)
            out = z, w, y
            R.output(out)
        return out
""")
    assert back.report.complete
    assert [item.what for item in back.report.assumptions] == ["y.shape[0] == x.shape[0]"]
    z, w, y = migrate.run(back.module, [np.ones((3, 4), "float32"), np.zeros(3, "float32")], executor="interpreter")
    assert (z.shape, w.shape, y.shape) == ((12,), (3, 2), (3,))
    assert "Tensor[(?, 4), float32]" in back.text()


def test_what_relay_cannot_say_is_left_out_with_those_that_call_it():
    back = revert("""
    @R.function
    def bad(x: R.Tensor((2,), "float32")) -> R.Tensor((2,), "float32"):
        y = R.call_pure_packed("vendor.thing", x, ty_args=(R.Tensor((2,), "float32"),))
        return y

    @R.function
    def good(x: R.Tensor((2,), "float32")) -> R.Tensor((2,), "float32"):
        y = R.exp(x)
        return y

    @R.function
    def caller(x: R.Tensor((2,), "float32")) -> R.Tensor((2,), "float32"):
        cls = Module
        y = cls.bad(x)
        return y
""")
    assert [var.name for var in back.module.functions] == ["good"]
    assert {item.code.id for item in back.report.diagnostics} == {"R2R0404"}
    assert {item.function: item.fate.value for item in back.report.functions} == {
        "bad": "refused", "good": "converted", "caller": "refused",
    }  # fmt: skip
    assert all(item.hint for item in back.report.diagnostics)


def test_a_changed_tensor_program_is_not_taken_for_its_operator():
    module = migrate.load(HEADER + "def @main(%x: Tensor[(3), float32]) { argmin(%x, select_last_index=True) }\n")
    script = migrate.convert(module).script()
    assert "relay.op" in script
    assert migrate.revert(migrate.load(script)).report.complete
    changed = script.replace("T_best[()] < data[k]", "data[k] < T_best[()]")
    assert changed != script
    assert not migrate.revert(migrate.load(changed)).report.complete


def test_effects_keep_their_order():
    back = revert("""
    @R.function
    def main(x: R.Tensor((2,), "float32")):
        y = R.exp(x)
        @R.function(pure=False)
        def f(a: R.Tensor((2,), "float32")) -> R.Tensor((2,), "float32"):
            b = R.add(a, y)
            return b
        z = f(y)
        w = f(z)
        return z
""")
    assert back.report.complete
    assert back.text().count("let ") == 2
    assert migrate.run(back.module, [np.zeros(2, "float32")], executor="interpreter")[0].tolist() == [2.0, 2.0]


def test_products_of_any_ranks():
    for left, right in [((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((4, 2, 3), (3, 5)), ((2, 2, 3), (2, 3, 1)),
                        ((3,), (2, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((5, 1, 2, 3), (3,))]:  # fmt: skip
        text = f"""
    @R.function
    def main(x: R.Tensor({left}, "float32"), y: R.Tensor({right}, "float32")):
        z = R.matmul(x, y)
        return z
"""
        back = revert(text)
        assert back.report.complete, (left, right)
        rng = np.random.default_rng(0)
        args = [rng.random(left, "float32"), rng.random(right, "float32")]
        (got,) = migrate.run(back.module, args, executor="interpreter")
        np.testing.assert_allclose(got, np.matmul(*args), rtol=1e-5)


def test_a_function_that_inference_finds_no_types_for_is_left_out_alone():
    text = """def @mk(%x: float32) -> (fn (float32) -> float32, float32) {
  (fn (%a: float32) -> float32 { add(%a, %x) }, %x)
}
def @main(%c: bool, %x: float32) -> float32 {
  let %t = @mk(%x);
  let %f = if (%c) { %t.0 } else { fn (%b: float32) -> float32 { %b } };
  %f(%t.1)
}
def @good(%x: float32) -> float32 { exp(%x) }
"""
    back = migrate.revert(migrate.convert(migrate.load(HEADER + text)).module)
    assert "good" in {var.name for var in back.module.functions}
    for item in back.report.functions:
        assert (item.fate.value == "converted") == (item.function in {var.name for var in back.module.functions})
    assert all(item.code.id == "R2R0404" and item.hint for item in back.report.diagnostics)
