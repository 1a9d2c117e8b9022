"""What float64 says beside the bounds: it finds smaller faults, and takes no rounding of what was folded for one."""

import numpy as np
import pytest

import migrate
import relay_compat.transform as relay_passes
from migrate.execution import bind_args, interpret
from migrate.values import leaves
from migrate.verify import shadow
from migrate.verify.generate.program import Program
from migrate.verify.properties.equivalence import keeps_meaning, to_relax
from migrate.verify.properties.reals import keeps_reals
from migrate.verify.shadow import Shadow
from migrate.verify.verdict import Outcome
from relay_compat.bind_params import bind_params_by_name
from relay_compat.types.infer import infer_types
from tensor_core import dtypes
from tensor_core.module import IRModule
from tensor_core.passes import Sequential

RNG = np.random.default_rng(7)
X = RNG.standard_normal((4, 8, 3, 3)).astype("float32")
ROWS = 100 * RNG.standard_normal((16, 32)).astype("float32")
GAMMA, BETA, MEAN = (RNG.standard_normal(8).astype("float32") for _ in range(3))
VAR = RNG.uniform(0.5, 2.0, 8).astype("float32")


def relay(params: str, body: str) -> IRModule:
    return infer_types(migrate.load(f'#[version = "0.0.5"]\ndef @main({params}) {{ {body} }}'))


def normalized(epsilon: float) -> IRModule:
    vector = "Tensor[(32), float32]"
    return relay(
        f"%x: Tensor[(16, 32), float32], %g: {vector}, %b: {vector}",
        f"nn.dense(nn.layer_norm(%x, %g, %b, epsilon={epsilon:g}f), %x, units=16)",
    )


def trained(momentum: float) -> IRModule:
    return migrate.load(f"""# Relax of TVM 0.27
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((4, 8, 3, 3), "float32"), g: R.Tensor((8,), "float32"), b: R.Tensor((8,), "float32"),
             m: R.Tensor((8,), "float32"), v: R.Tensor((8,), "float32")):
        with R.dataflow():
            gv = R.nn.batch_norm(x, g, b, m, v, axis=1, epsilon=1e-5, momentum={momentum!r}, training=True)
            R.output(gv)
        return gv
""")


def assert_no_difference(module: IRModule) -> None:
    """That ``verify`` takes a program's conversion for no other program, on arguments of three seeds."""
    for seed in range(3):
        verdict = migrate.verify(module, prove=False, seed=seed)
        assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


VECTORS = {"g": np.ones(32, "float32"), "b": np.zeros(32, "float32")}
STATISTICS = {"x": X, "g": GAMMA, "b": BETA, "m": MEAN, "v": VAR}


@pytest.mark.parametrize(
    ("left", "right", "args"),
    [
        (normalized(1e-5), normalized(1e-4), {"x": ROWS, **VECTORS}),
        (normalized(1e-5), normalized(1e-3), {"x": ROWS, **VECTORS}),
        (trained(0.1), trained(0.1 + 1e-8), STATISTICS),
    ],
    ids=["epsilon ten times", "epsilon a hundred times", "momentum"],
)
def test_a_fault_that_the_bound_hides_is_found(left, right, args):
    found = migrate.verify(left, right, args, prove=False)
    assert found.outcome is Outcome.DIFFERENT
    assert "in float64 the sides lie" in found.reason
    assert "first wrong op there" in found.reason
    assert found.witness is not None
    assert found.shadow is not None
    assert found.shadow > shadow.SAME
    assert migrate.verify(left, left, args, prove=False)


def batch_norm(epsilon: float) -> IRModule:
    """One whose statistics are constants."""
    vectors = ", ".join(f"%{name}: Tensor[(8), float32]" for name in "gbmv")
    called = f"%0 = nn.batch_norm(%x, %g, %b, %m, %v, epsilon={epsilon:g}f); %0.0"
    module = relay(f"%x: Tensor[(4, 8, 3, 3), float32], {vectors}", called)
    constants = {name: value for name, value in STATISTICS.items() if name != "x"}
    module["main"] = bind_params_by_name(module["main"], constants)
    return infer_types(module)


def folded(module: IRModule) -> IRModule:
    """Two constants, computed in float32, in the place of a batch normalisation."""
    return infer_types(Sequential([relay_passes.SimplifyInference(), relay_passes.FoldConstant()])(module))


@pytest.mark.parametrize("seed", range(5))
def test_what_was_folded_in_float32_is_rounded_and_not_wrong(seed):
    args = {"x": np.random.default_rng(seed).standard_normal((4, 8, 3, 3)).astype("float32")}
    left = batch_norm(1e-5)
    for right in (folded(left), migrate.convert(folded(left)).module):
        found = migrate.verify(left, right, args, prove=False)
        assert found, found.reason
        # Without a bound of what is legitimately in it, this would be a difference.
        assert found.shadow is not None
        assert found.shadow > shadow.SAME
    wrong = migrate.verify(left, folded(batch_norm(2e-5)), args, prove=False)
    assert wrong.outcome is Outcome.DIFFERENT


def test_what_is_computed_of_constants_alone_may_be_folded_on_the_other_side():
    left = relay("%x: Tensor[(8), float32]", "multiply(%x, exp(sqrt(tan(0.3f))))")
    right = infer_types(relay_passes.FoldConstant()(left))
    found = migrate.verify(left, right, {"x": GAMMA}, prove=False)
    assert found, found.reason
    assert found.shadow is not None
    assert found.shadow > shadow.SAME


def test_numbers_of_half_precision_are_rounded_to_it():
    left = relay("%x: Tensor[(8), float32]", "multiply(%x, tan(0.3f))")
    number = np.float16(np.tan(np.float32(0.3)))
    half = 'cast(multiply(cast(%x, dtype="float16"), {}f16), dtype="float32")'
    right = relay("%x: Tensor[(8), float32]", half.format(float(number)))
    found = migrate.verify(left, right, {"x": GAMMA}, prove=False)
    assert "in float64" not in found.reason


def test_jumps_of_either_side_are_left_alone():
    left = relay("%x: Tensor[(8), float32]", "floor(multiply(divide(%x, 3f), 3f))")
    right = relay("%x: Tensor[(8), float32]", "floor(%x)")
    args = [np.arange(8, dtype="float32")]
    native = [np.zeros(8, "float32")]
    ours, theirs = (Shadow(module, args, native) for module in (left, right))
    assert shadow.difference(ours, theirs, [np.zeros(8, bool)]) is None


def test_a_view_keeps_numbers_in_float64():
    module = migrate.load("""# Relax of TVM 0.27
@I.ir_module
class Module:
    @R.function
    def main(x: R.Tensor((4,), "float32")):
        with R.dataflow():
            part = R.memory.view(x, R.shape([2]), R.dtype("float32"), R.prim_value(8))
            bits = R.memory.view(part, R.shape([2]), R.dtype("int32"), R.tuple())
            back = R.memory.view(bits, R.shape([2]), R.dtype("float32"), R.tuple())
            gv = (part, bits, back)
            R.output(gv)
        return gv
""")
    x = np.array([1, 2, 3, 4.5], "float32")
    part, bits, back = interpret(module, bind_args(module, [x]), floats="float64")
    assert part.dtype == np.float64
    assert part.tolist() == back.tolist() == [3, 4.5]
    assert bits.tolist() == x[2:].view("int32").tolist()


def test_the_property_sees_what_the_bound_hides():
    left, right = normalized(1e-5), normalized(1e-4)
    given = Program(left, (ROWS, VECTORS["g"], VECTORS["b"]))
    assert not keeps_meaning("nudged", lambda _: right).check(given).failed
    check = keeps_reals("nudged", lambda _: right).check(given)
    assert check.failed
    assert check.key == "nudged, in float64: different"
    assert not keeps_reals("conversion", to_relax).check(given).failed
    assert not keeps_reals("nothing", lambda module: module).check(given).changed


def test_an_operator_that_makes_floats_of_integers_computes_in_the_type_it_states() -> None:
    # A false alarm among 700 programs: weights of a resize of integers are those of float32, also in the shadow.
    module = relay(
        "%x: Tensor[(1, 1, 2, 3, 2), int8]",
        'image.resize3d(%x, size=[3, 4, 1], roi=[0f, 0f, 0f, 1f, 1f, 1f], method="cubic", cubic_alpha=-0.75f, '
        'coordinate_transformation_mode="pytorch_half_pixel", out_dtype="float32")',
    )
    assert_no_difference(module)


def test_an_operator_that_computes_in_float32_and_gives_float64_rounds_as_it_computes() -> None:
    # A false alarm found by a campaign: seven roundings of float32 in a sum are too many of float64.
    module = relay(
        "%x: Tensor[(5, 4, 4, 2, 4), int32]",
        'sum(image.resize3d(%x, size=[4, 6, 5], roi=[-0.25f, 0f, 0.5f, 1.25f, 0.5f, 0.5f], layout="NDHWC", '
        'coordinate_transformation_mode="tf_half_pixel_for_nn", out_dtype="float64"))',
    )
    assert_no_difference(module)


def test_an_image_of_integers_is_resized_in_float32_whatever_floats_stand_beside_it() -> None:
    # Found by a campaign: the region of interest is of floats, which the shadow widens; the image stays what it is.
    module = relay(
        "%x: Tensor[(1, 3, 2, 5), int32], %size: Tensor[(2), int64], %roi: Tensor[(4), float32]",
        'sum(dyn.image.resize2d(%x, %size, %roi, layout="CHNW", method="cubic", '
        'coordinate_transformation_mode="half_pixel", out_dtype="float32"))',
    )
    image = np.random.default_rng(3).integers(-100, 100, (1, 3, 2, 5)).astype("int32")
    args = {"x": image, "size": np.array([4, 7]), "roi": np.zeros(4, "float32")}
    verdict = migrate.verify(module, None, args, prove=False)
    assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_what_is_perturbed_stays_an_array() -> None:
    # Found by a campaign: a perturbed scalar was a number of numpy, which no function of Relax takes for a tensor.
    def written(number: str) -> IRModule:
        return migrate.load(f"""#[version = "0.0.5"]
def @scaled(%a: float32, %b: float32) -> float32 {{ multiply(%a, %b) }}
def @main(%x: Tensor[(3), float32]) {{ exp(@scaled(sum(%x), {number})) }}
""")

    left, right = infer_types(written("3.7f")), migrate.convert(written("3.7000003f")).module
    verdict = migrate.verify(left, right, {"x": np.ones(3, "float32")}, prove=False)
    assert verdict.outcome is not Outcome.DIFFERENT, verdict.reason


def test_float32_taken_for_float32_keeps_its_digits() -> None:
    # Found by a campaign: one side rounded in the shadow, as bits of float32, what the other one passed on.
    module = migrate.load("""#[version = "0.0.5"]
def @main(%x: Tensor[(?, 4), float32]) { multiply(reinterpret(log(%x), dtype="float32"), 3f) }
""")
    assert_no_difference(module)


def test_element_types_within_parameters_are_widened() -> None:
    # Found by a campaign: tiles of a convolution were computed as their out_dtype says, also in the shadow.
    module = relay(
        "%x: Tensor[(1, 2, 3, 1, 3), float32], %w: Tensor[(6, 6, 6, 3, 2), float32]",
        "nn.contrib_conv3d_winograd_without_weight_transform(%x, %w, tile_size=4, padding=[0, 1, 0, 1, 2, 0], "
        'channels=3, kernel_size=[3, 3, 3], out_dtype="float16")',
    )
    rng = np.random.default_rng(1)
    args = [rng.standard_normal(shape).astype("float32") for shape in ((1, 2, 3, 1, 3), (6, 6, 6, 3, 2))]
    assert interpret(module, args, floats="float64").dtype == np.float64
    (wide,) = leaves(interpret(module, [arg.astype("float64") for arg in args], floats="float64"))
    (narrow,) = leaves(interpret(module, args))
    assert not np.array_equal(wide, wide.astype("float16").astype("float64"))
    np.testing.assert_allclose(wide, narrow.astype("float64"), rtol=0.05, atol=0.05 * np.abs(wide).max())


@pytest.mark.parametrize("target", ["bfloat16", "float16", "int16"])
@pytest.mark.parametrize("source", ["bfloat16", "float16", "int16"])
def test_bits_are_those_of_the_stated_types(source: str, target: str) -> None:
    # Found by a campaign: floats of 16 bits are of two kinds, and a widened one was always taken for float16.
    x = np.array([-1, 1, 5]).astype(dtypes.to_numpy(source))
    module = relay(f"%x: Tensor[(3), {source}]", f'reinterpret(%x, dtype="{target}")')
    folded = module.copy()
    folded["main"] = bind_params_by_name(module["main"], {"x": x})
    native = np.asarray(interpret(module, [x])).astype("float64")
    for program, args in ((module, [x]), (infer_types(folded), [])):
        for side in (program, migrate.convert(program).module):
            np.testing.assert_array_equal(np.asarray(interpret(side, args, floats="float64"), "float64"), native)
