"""The first wrong op: no value is taken for another one near which it lies by chance."""

import numpy as np

import migrate
from migrate.verify.verdict import Outcome
from relay_compat.types.infer import infer_types
from tensor_core.module import IRModule

HEADER = '#[version = "0.0.5"]\n'
CELL = """def @g(%r: ref(Tensor[(3), float64])) -> Tensor[(3), float64] {{
  let %w = ref_write(%r, {operation}(ref_read(%r)));
  ref_read(%r)
}}
def @main(%x: Tensor[(3), float64]) {{
  let %r = ref(atan(%x));
  let %a = @g(%r);
  let %b = @g(%r);
  multiply(%a, %b)
}}
"""


def relay(text: str) -> IRModule:
    return infer_types(migrate.load(HEADER + text))


def test_what_a_function_or_a_cell_gives_back_is_what_it_got() -> None:
    # False alarms found by a campaign: the second difference is the first operand but for a rounding, and was taken
    # for it when the function gave it back.
    module = relay(CELL.format(operation="subtract(7.3f64, ").replace("(ref_read(%r))", "ref_read(%r))"))
    for seed in range(8):
        verdict = migrate.verify(module, prove=False, seed=seed)
        assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_an_op_whose_bound_is_wide_stands_for_no_part_of_another_one() -> None:
    # A false alarm found by a campaign: a normalisation of equal numbers has a bound of some ten per cent, within which
    # a part of quantize's expansion lay.
    module = relay("""def @main(%x: Tensor[(2, 2), float32], %g: Tensor[(2), float32], %b: Tensor[(2), float32]) {
  %0 = nn.layer_norm(%x, %g, %b);
  %1 = qnn.quantize(clip(%0, a_min=4f, a_max=4f), 0.25f, -5, out_dtype="int8");
  add(cast(%1, dtype="float32"), %0)
}
""")
    args = {"x": np.full((2, 2), 3.1, "float32"), "g": np.full(2, 500, "float32"), "b": np.full(2, 10.5, "float32")}
    verdict = migrate.verify(module, None, args, prove=False)
    assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_what_tvm_leaves_undefined_is_no_difference() -> None:
    # Found by a campaign: a negative number has no place in an unsigned type, and both sides may put anything there.
    module = relay(
        "def @main(%x: Tensor[(3), float32], %y: Tensor[(3), uint64]) { add(cast_like(negative(exp(%x)), %y), %y) }"
    )
    args = {"x": np.array([1, 2, 3], "float32"), "y": np.array([7, 8, 9], "uint64")}
    verdict = migrate.verify(module, None, args, prove=False)
    assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_another_operator_stands_for_no_value_that_was_found() -> None:
    # A false alarm found by a campaign: the root that normalising one number takes is that number, and was taken for
    # the hyperbolic tangent a rounding beside it, which then was the divisor.
    module = relay("""def @main(%x: Tensor[(1), float32], %y: Tensor[(1), float32]) {
  nn.l2_normalize(nn.bias_add(tanh(%x), %y, axis=0), eps=0.5f, axis=[0])
}
""")
    args = {"x": np.array([8.1], "float32"), "y": np.array([-2], "float32")}
    verdict = migrate.verify(module, None, args, prove=False)
    assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_what_the_reference_gives_is_right_wherever_it_overflows() -> None:
    # A false alarm found by a campaign: the variance is beyond float16, and both sides give the same.
    vector = "Tensor[(2), float16]"
    module = relay(f"""def @main(%x: Tensor[(2, 2), float16], %g: {vector}, %b: {vector}) {{
  sum(nn.layer_norm(%x, %g, %b, epsilon=0.001f))
}}
""")
    args = {"x": np.array([[-269, 0], [-1636, 0]], "float16"), "g": np.array([-1, -2], "float16")}
    verdict = migrate.verify(module, None, {**args, "b": args["g"]}, prove=False)
    assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_a_sum_that_overflows_in_one_order_only_is_not_wrong() -> None:
    # A false alarm found by a campaign: nothing of the sum is in the result, which is empty.
    module = relay("""def @main(%x: Tensor[(2, 9), float16], %y: Tensor[(0, 3), float16]) {
  add(%y, broadcast_to(sum(%x), shape=[0, 3]))
}
""")
    x = np.full((2, 9), 60000, "float16") * np.array([[1], [-1]], "float16")
    for shown in (x, x.T.reshape(2, 9)):
        verdict = migrate.verify(module, None, {"x": shown, "y": np.zeros((0, 3), "float16")}, prove=False)
        assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_a_sum_of_infinite_terms_is_nan_or_infinite() -> None:
    # A false alarm found by a campaign: infinity times a sine that is zero, or nearly so.
    module = relay("def @main(%x: Tensor[(4), float32], %y: Tensor[(4), float32]) { dft(%x, %y) }")
    args = {"x": np.zeros(4, "float32"), "y": np.array([1, 2, 3, np.inf], "float32")}
    verdict = migrate.verify(module, None, args, prove=False)
    assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_an_argument_in_a_cell_is_no_operator_s_result() -> None:
    # A false alarm found by a campaign: the smallest numbers were taken for a product that is zero.
    module = relay("""def @scaled(%r: ref(float64)) -> float64 {
  let %w = ref_write(%r, multiply(ref_read(%r), 7f64));
  ref_read(%r)
}
def @main(%x: float64) {
  let %r = ref(%x);
  let %y = @scaled(%r);
  subtract(multiply(%y, ref_read(%r)), ref_read(%r))
}
""")
    verdict = migrate.verify(module, None, {"x": np.array(5.562684646268003e-309)}, prove=False)
    assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason
