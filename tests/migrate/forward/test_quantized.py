"""Quantized operators: in integers to the bit of Relay's, or between dequantize and quantize within a stated bound."""

from dataclasses import replace

import numpy as np
import pytest
import relay_build
from click.testing import CliRunner
from converted_calls import converted, drawn, flat

import migrate
from migrate.adapters.qdq import QDQ
from migrate.cli.main import main
from migrate.forward.convert import ConversionResult
from migrate.forward.options import Options
from migrate.forward.say import Kernels, Speaker
from migrate.report.model import Outcome
from relax_core.ir.expr import IRModule, Var
from relax_core.ir.types import TensorType as RelaxTensor
from relax_core.names import NameTable
from relax_core.normalizer import Normalizer
from relay_compat.bind_params import bind_params_by_name
from relay_compat.types.infer import infer_types
from tensor_core.ops.card import Library, NoParams
from tensor_core.ops.registry import registry
from tensor_core.reference import evaluate
from tensor_core.types import TensorType

STEPS = {"qnn.softmax": 16, "qnn.leaky_relu": 2}
"""How many steps are admitted of those that the bound does not name as one; sums drawn are short."""

HEADER = '#[version = "0.0.5"]\n'
CONVOLUTION = """def @main(%x: Tensor[(1, 3, 8, 8), uint8], %w: Tensor[(4, 3, 3, 3), int8]) {
  %0 = qnn.conv2d(%x, %w, 128, 0, 0.5f, 0.25f, padding=[1, 1, 1, 1], channels=4, kernel_size=[3, 3], out_dtype="int32");
  qnn.requantize(%0, 0.125f, 0, 9f, 3, out_dtype="int8")
}
"""
COMPUTED = """def @main(%x: Tensor[(4), int8], %s: float32) {
  qnn.requantize(%x, %s, 0, 0.5f, 3, out_dtype="int8")
}
"""
MANY_CHANNELS = """def @main(%x: Tensor[(2, 100), int32], %s: Tensor[(100), float32]) {
  qnn.requantize(%x, %s, 0, 9f, 3, axis=1, out_dtype="int8")
}
"""


@pytest.mark.parametrize("name", sorted(QDQ))
@pytest.mark.parametrize("target", ["0.27", "0.19"])
def test_floats_lie_within_the_stated_steps(name: str, target: str) -> None:
    card, judged = registry().by_name[name], 0
    for call in drawn(card, 30):
        scalars = {n for n, type_ in enumerate(call.types) if isinstance(type_, TensorType) and not type_.rank}
        call = replace(call, given=call.given | scalars)
        made = converted(call, target, qnn="qdq")
        if made is None or not made.last.lossy:
            continue
        judged += 1
        script = migrate.load(made.result.script(), made.result.module.params)
        (got,) = migrate.run(script, made.inputs, executor="interpreter")
        apart = np.abs(got.astype(np.int64) - flat(evaluate(card, call.params, call.args))[0].astype(np.int64))
        assert apart.max(initial=0) <= STEPS.get(name, 1), call
    assert judged


def test_a_convolution_is_one_of_floats() -> None:
    module = migrate.load(HEADER + CONVOLUTION)
    exact, floats = migrate.convert(module), migrate.convert(module, qnn="qdq")
    assert "R.quantize" not in exact.script()
    assert exact.report.compromises == []
    assert operators(floats) == ["dequantize", "dequantize", "nn.conv2d", "quantize"]
    assert [item.op for item in floats.report.conversions if item.lossy] == ["qnn.conv2d", "qnn.requantize"]
    assert len(floats.report.compromises) == 2
    rng = np.random.default_rng(0)
    args = [rng.integers(0, 256, (1, 3, 8, 8)).astype("uint8"), rng.integers(-128, 128, (4, 3, 3, 3)).astype("int8")]
    (want,), (got,) = (migrate.run(item.module, args) for item in (exact, floats))
    assert np.abs(want.astype(int) - got.astype(int)).max() <= 1


def test_scales_of_many_channels_are_known_and_no_parameters() -> None:
    module = migrate.load(HEADER + MANY_CHANNELS)
    scales = np.linspace(0.01, 0.9, 100, dtype="float32")
    module = infer_types(IRModule({"main": bind_params_by_name(module["main"], {"s": scales})}))
    args = [np.arange(-100, 100, dtype="int32").reshape(2, 100) * 7919]
    for target in ("0.27", "0.19"):
        result = migrate.convert(module, target=target)
        assert result.report.complete
        assert not any(item.lossy for item in result.report.conversions)
        assert [param.name for param in result.module["main"].params] == ["x"]
        assert result.module.params == {}
        for got, want in zip(migrate.run(result.module, args), migrate.run(module, args), strict=True):
            np.testing.assert_array_equal(got, want)


def operators(result: ConversionResult) -> list[str]:
    lines = [line.split(" = R.")[1] for line in result.script().splitlines() if " = R." in line]
    return [line.split("(")[0] for line in lines]


def test_scales_that_are_computed_are_said_in_floats_and_noted() -> None:
    (item,) = migrate.convert(migrate.load(HEADER + COMPUTED)).report.conversions
    assert item.outcome is Outcome.EXPANDED
    assert "scales are computed" in item.lossy


def test_unknown_forms_are_refused() -> None:
    module = migrate.load(HEADER + CONVOLUTION)
    with pytest.raises(migrate.DiagnosticError, match="R2R0703"):
        migrate.convert(module, qnn="floats")
    with pytest.raises(migrate.DiagnosticError, match="R2R0703"):
        migrate.convert(module, prefer="speed")


def test_the_command_takes_the_form(tmp_path) -> None:
    path = tmp_path / "model.relay"
    path.write_text(HEADER + CONVOLUTION)
    for options, code in ((["--qnn", "qdq"], 0), (["--qnn", "qdq", "--strict"], 1), (["--strict"], 0)):
        assert CliRunner().invoke(main, ["convert", str(path), *options]).exit_code == code
    assert CliRunner().invoke(main, ["convert", str(path), "--prefer", "dps"]).exit_code == 0


@pytest.mark.parametrize(("prefer", "outcome"), [("", Outcome.DIRECT), ("dps", Outcome.LIBRARY)])
def test_library_functions_are_preferred_on_request(prefer: str, outcome: Outcome) -> None:
    card = replace(registry().by_name["nn.relu"], library=Library("acme.relu"))
    emitter = Normalizer()
    x = Var("x", RelaxTensor((2, 3), "float32"))
    emitter.open([x])
    speaker = Speaker(emitter, Kernels(IRModule(), NameTable()), Options(prefer=prefer))
    _, found, _ = speaker.say(card, NoParams(), [x])
    assert found is outcome
    assert speaker.said == (["call_dps_packed acme.relu"] if prefer else ["relax.nn.relu"])


def test_a_product_with_a_scale_for_each_channel_is_one_of_floats():
    x, w = relay_build.var("x", 2, 3, dtype="int8"), relay_build.var("w", 4, 3, dtype="int8")
    scales = relay_build.const([0.5, 0.25, 1.0, 2.0])
    zero, one = relay_build.const(0, "int32"), relay_build.const(0.5)
    product = relay_build.call("qnn.dense", x, w, zero, zero, one, scales, units=4, out_dtype="int32")
    made = migrate.convert(relay_build.module(product, x, w), qnn="qdq")
    assert "dequantize" in made.script()
    rng = np.random.default_rng(3)
    args = [rng.integers(-9, 9, shape).astype("int8") for shape in ((2, 3), (4, 3))]
    (got,) = migrate.run(made.module, args, executor="interpreter")
    np.testing.assert_array_equal(got, args[0].astype("int32") @ args[1].astype("int32").T)


def test_a_computed_scale_of_a_product_is_not_one_of_floats():
    scale = relay_build.var("s")
    x, w = relay_build.var("x", 2, 3, dtype="int8"), relay_build.var("w", 4, 3, dtype="int8")
    zero, one = relay_build.const(0, "int32"), relay_build.const(0.5)
    for first, second in ((scale, one), (one, scale)):
        product = relay_build.call("qnn.dense", x, w, zero, zero, first, second, units=4, out_dtype="int32")
        made = migrate.convert(relay_build.module(product, x, w, scale), qnn="qdq")
        (got,) = migrate.run(made.module, [np.ones((2, 3), "int8"), np.ones((4, 3), "int8"), np.float32(0.5)])
        np.testing.assert_array_equal(got, np.full((2, 4), 3, "int32"))
