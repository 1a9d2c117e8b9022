"""Nets quantized after training, step by step, and what they compute, as TVM 0.19 recorded them."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import relay_compat as relay
from relay_compat.target import Target
from tensor_core.diagnostics import DiagnosticError
from tests.corpus.quantized_programs import Side
from tests.corpus.quantizing_programs import NETS, SHAPE, cases, numbers, quantized, steps, text

SIDE = Side(relay, relay.IRModule, Target)


@cache
def recorded(root: Path) -> Any:
    return json.loads((root / "tests" / "corpus" / "quantizing.json").read_text())


def fixed_point(lines: list[str]) -> list[float]:
    found = re.findall(r"multiplier=(\d+), shift=([-\d]+)", "\n".join(lines))
    return [int(multiplier) * 2.0 ** int(shift) for multiplier, shift in found]


@pytest.mark.parametrize("net", NETS)
def test_steps_before_scales_are_as_recorded(net: str, root: Path) -> None:
    assert steps(SIDE, net) == recorded(root)["steps"][net]


@pytest.mark.parametrize(("net", "config"), cases())
def test_quantized_nets_are_as_recorded(net: str, config: str, root: Path) -> None:
    wanted = recorded(root)["quantized"][net + config]
    if "failed" in wanted:
        with pytest.raises(DiagnosticError):
            quantized(SIDE, net, config)
        return
    made = quantized(SIDE, net, config)
    if fixed_point(wanted["text"]):
        # TVM casts to int64 what its kernels compute in int32; the factors are the same but for rounded statistics.
        np.testing.assert_allclose(fixed_point(text(made)), fixed_point(wanted["text"]), rtol=1e-6)
    else:
        assert text(made) == wanted["text"]
    if "output" not in wanted:
        return
    found = relay.create_executor(mod=made).evaluate()(numbers(31, *SHAPE, scale=1.5)).numpy()
    np.testing.assert_allclose(found.reshape(-1)[:64], wanted["output"], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    "config",
    [
        {"calibrate_mode": "by hand"},
        {"calibrate_mode": "percentile"},
        {"weight_scale": "least"},
        {"partition_conversions": "in halves"},
    ],
)
def test_what_a_configuration_cannot_have_is_refused(config: dict[str, Any]) -> None:
    x, w = relay.var("x", shape=(1, 4, 8, 8)), relay.const(numbers(1, 4, 4, 3, 3))
    conv = relay.nn.conv2d(x, w, kernel_size=(3, 3), channels=4)
    with pytest.raises(DiagnosticError) as caught, relay.quantize.qconfig(skip_conv_layers=[], **config):
        relay.quantize.quantize(relay.IRModule.from_expr(relay.Function([x], conv)))
    assert "R2R0602" in str(caught.value)


def test_weights_that_are_not_given_are_refused() -> None:
    x, w = relay.var("x", shape=(1, 4, 8, 8)), relay.var("w", shape=(4, 4, 3, 3))
    conv = relay.nn.conv2d(x, w, kernel_size=(3, 3), channels=4)
    with pytest.raises(DiagnosticError, match="weight"), relay.quantize.qconfig(skip_conv_layers=[]):
        relay.quantize.quantize(relay.IRModule.from_expr(relay.Function([x, w], conv)))


def partitioned(body: Any, **config: Any) -> Any:
    module = relay.IRModule.from_expr(relay.Function(relay.analysis.free_vars(body), body))
    with relay.quantize.qconfig(skip_conv_layers=[], partition_conversions="enabled", **config):
        return relay.quantize.quantize(module)


def conv(data: Any, seed: int, **options: Any) -> Any:
    return relay.nn.conv2d(data, relay.const(numbers(seed, 4, 4, 3, 3)), kernel_size=(3, 3), channels=4, **options)


def test_functions_of_a_partition_compute_what_the_whole_did() -> None:
    x, y = (relay.var(name, shape=SHAPE) for name in "xy")
    body = relay.add(conv(x, 1), conv(relay.nn.relu(y), 2))
    with relay.quantize.qconfig(skip_conv_layers=[]):
        whole = relay.quantize.quantize(relay.IRModule.from_expr(relay.Function([x, y], body)))
    parts = partitioned(body)
    assert {var.name_hint for var in parts.get_global_vars()} == {
        "main", "quantize_inputs", "quantized_main", "dequantize_outputs"
    }  # fmt: skip
    data = [numbers(seed, *SHAPE) for seed in (3, 4)]
    wanted, found = (relay.create_executor(mod=made).evaluate()(*data).numpy() for made in (whole, parts))
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (lambda x, y: conv(relay.add(x, y), 1), "%x, %y are quantized together"),
        (lambda x, y: relay.divide(conv(x, 1), conv(y, 2)), "2 values are dequantized"),
        (lambda x, y: relay.exp(relay.divide(conv(x, 1, padding=1), y)), "%y is used behind what is dequantized"),
    ],
)
def test_what_cannot_be_cut_in_three_is_refused(body: Any, told: str) -> None:
    x, y = (relay.var(name, shape=SHAPE) for name in "xy")
    with pytest.raises(DiagnosticError, match=told):
        partitioned(body(x, y))
