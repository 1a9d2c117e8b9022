"""What conversion makes of a program where several forms would compute the same: the one without needless parts."""

from typing import Any

import numpy as np
import pytest

import migrate
from migrate.forward.constant import Constants
from migrate.forward.result import Report
from relax_core import well_formed
from relax_core.ir.module import IRModule
from relay_compat import op
from relay_compat.ir.expr import Constant, Function, Var
from relay_compat.ir.module import IRModule as RelayModule
from tensor_core.types import TensorType

HEADER = '#[version = "0.0.5"]\n'
V = "Tensor[(2, 2), float32]"
X = np.array([[1, -2], [3, 0.5]], "float32")


def converted(text: str) -> tuple[str, Any]:
    result = migrate.convert(migrate.load(HEADER + text))
    assert result.report.complete
    made: Any = result.module
    assert well_formed.check(made) == []
    return result.script(), made


def test_a_reference_of_one_function_is_no_object() -> None:
    text = f"""def @main(%c: bool, %x: {V}) -> {V} {{
  let %r = ref(%x);
  let %u = if (%c) {{ ref_write(%r, exp(ref_read(%r))) }} else {{ () }};
  ref_read(%r)
}}"""
    script, _ = converted(text)
    assert "relay2relax.ref" not in script
    assert "pure=False" not in script


def test_a_reference_that_is_written_into_another_is_an_object() -> None:
    text = f"""def @main(%x: {V}) -> {V} {{
  let %r = ref(%x);
  let %s = ref(%r);
  let %u = ref_write(%s, %r);
  ref_read(ref_read(%s))
}}"""
    script, _ = converted(text)
    # The outer one is a variable that changes; what is in it is known by reference.
    assert script.count("relay2relax.ref.new") == 1


def test_a_function_with_effects_that_is_a_field_has_them_where_it_is_called() -> None:
    text = f"""def @main(%x: {V}) -> {V} {{
  let %r = ref(%x);
  let %t = (fn (%y: {V}) -> {V} {{ let %u = ref_write(%r, add(%y, ref_read(%r))); %y }}, %x);
  %0 = %t.0;
  %1 = exp(%0(%x));
  add(%1, ref_read(%r))
}}"""
    script, module = converted(text)
    assert "R.invoke_closure(" in script
    (got,) = migrate.run(module, [X], executor="interpreter")
    np.testing.assert_allclose(got, np.exp(X) + 2 * X, rtol=1e-6)


def test_behind_an_effect_there_is_a_dataflow_block_again() -> None:
    text = f"""def @main(%r: ref({V}), %x: {V}) -> {V} {{
  let %a = exp(%x);
  let %u = ref_write(%r, %a);
  tanh(exp(%a))
}}"""
    script, _ = converted(text)
    assert script.count("with R.dataflow():") == 2
    assert "lv: R.Tensor" in script


def test_behind_a_call_with_effects_there_is_a_dataflow_block_again() -> None:
    text = f"""def @write(%r: ref({V}), %x: {V}) -> {V} {{ let %u = ref_write(%r, %x); ref_read(%r) }}
def @main(%r: ref({V}), %x: {V}) -> {V} {{ tanh(exp(@write(%r, exp(%x)))) }}"""
    script, _ = converted(text)
    assert script.count("with R.dataflow():") == 2
    assert "lv: R.Tensor" in script


def test_a_field_of_an_expansion_that_a_branch_needs_is_seen_there() -> None:
    vectors = ", ".join(f"%{name}: Tensor[(3), float32]" for name in "abcd")
    text = f"""def @main(%p: bool, %x: Tensor[(2, 3), float32], {vectors}) {{
  %0 = nn.batch_norm(%x, %a, %b, %c, %d);
  if (%p) {{ exp(%0.0) }} else {{ %0.0 }}
}}"""
    # TVM 0.19 has the operator with other statistics, so it is written out there.
    result = migrate.convert(migrate.load(HEADER + text), "0.19")
    made: Any = result.module
    assert "R.nn.batch_norm(" not in result.script()
    assert well_formed.check(made) == []


@pytest.mark.parametrize(("target", "dtype"), [("0.25", "int32"), ("0.24", "int8")])
def test_zero_points_have_the_type_that_a_release_takes(target: str, dtype: str) -> None:
    text = 'def @main(%x: Tensor[(2), int8]) { qnn.dequantize(%x, 0.5f, 3, out_dtype="float32", axis=0) }'
    script = migrate.convert(migrate.load(HEADER + text), target).script()
    assert f'R.const(3, "{dtype}")' in script


def test_an_arm_that_becomes_a_function_takes_only_sizes_that_its_tensors_do_not_tell() -> None:
    text = """def @main(%c: bool, %x: Tensor[(?, 3), float32]) {
  %0 = tanh(%x);
  %1 = if (%c) { %2 = exp(%0); add(tanh(%2), %0) } else { %0 };
  exp(add(exp(%1), %x))
}"""
    _, module = converted(text)
    assert len(module["main_then"].params) == 1


@pytest.mark.parametrize(("size", "lifted"), [(64, 0), (65, 1)])
def test_constants_of_up_to_64_elements_stay_where_they_are(size: int, lifted: int) -> None:
    x = Var("x", TensorType((size,), "float32"))
    module = RelayModule.from_expr(Function((x,), op.add(x, Constant(np.ones(size, "float32")))))
    assert len(migrate.convert(module).module.params) == lifted


def test_parameters_for_constants_have_the_names_of_their_arrays_where_these_are_free() -> None:
    weight, other = (Constant(np.full(2, n, "float32")) for n in range(2))
    module = IRModule()
    named = {id(weight.data): "my.weight", id(other.data): "my.weight"}
    constants = Constants(module, {}, {"x"}, Report("0.27"), named)
    assert [constants.variable(item).name for item in (weight, other, weight)] == ["my_weight", "const_1", "my_weight"]
    taken = Constants(IRModule(), {}, {"my_weight", "const_0"}, Report("0.27"), named)
    assert taken.variable(weight).name == "const_1"


def test_a_parameter_goes_with_the_last_function_that_has_it() -> None:
    module, report = IRModule(), Report("0.27")
    constants = Constants(module, {}, (), report)
    first, second = (constants.variable(constant) for constant in [Constant(np.ones(2, "float32"))] * 2)
    constants.drop(first)
    assert set(module.params) == set(report.lifted) == {"const_0"}
    constants.drop(second)
    assert not module.params
    assert not report.lifted
