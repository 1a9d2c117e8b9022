"""Quantizations that the converter writes out are one operator again where a Relay pass looks for them."""

import re

import numpy as np
import pytest

import migrate
from migrate.execution import execute
from migrate.passes.bridges import on_relax, to_relax, to_relay
from migrate.passes.quantized_again import quantized_again
from migrate.values import leaves
from migrate.verify.inputs import complete_inputs
from relay_compat.passes.fake_quantization_to_integer import FakeQuantizationToInteger
from relay_compat.structural import structural_equal
from relay_compat.text.printer import print_module

HEAD = '#[version = "0.0.5"]\ndef @main'
QUANTIZED = f"""{HEAD}(%x: Tensor[(2, 3, 4), int8], %y: Tensor[(2, 3, 4), float32], %s: Tensor[(3), float32]) {{
  %0 = qnn.dequantize(%x, 0.5f, 3, out_dtype="float32");
  %1 = qnn.dequantize(%x, %s, 0, out_dtype="float32", axis=1);
  %2 = qnn.quantize(%y, 0.25f, -1, out_dtype="uint8");
  (%0, %1, %2)
}}"""
CONVOLUTION = f"""{HEAD}(%x: Tensor[(1, 3, 8, 8), int8], %w: Tensor[(4, 3, 3, 3), int8]) {{
  %0 = qnn.dequantize(%x, 2f, 0, out_dtype="float32");
  %1 = qnn.dequantize(%w, 0.5f, 0, out_dtype="float32");
  %2 = nn.conv2d(%0, %1, padding=[0, 0, 0, 0], channels=4, kernel_size=[3, 3]);
  qnn.quantize(%2, 1f, 0, out_dtype="int8")
}}"""


@pytest.mark.parametrize("release", ["0.19", "0.27"])
def test_both_operators_come_back(release: str) -> None:
    module = migrate.load(QUANTIZED)
    assert structural_equal(to_relay(to_relax(module, release)), module)


def test_the_pass_makes_integers_of_what_was_converted() -> None:
    after = on_relax(FakeQuantizationToInteger())(to_relax(migrate.load(CONVOLUTION)))
    assert "float32" not in migrate.convert(after).script()


WRITTEN = f"""{HEAD}(%x: Tensor[(4), float32]) {{
  %0 = divide(%x, 0.25f);
  %1 = trunc(%0);
  %2 = greater_equal(abs(subtract(%0, %1)), 0.5f);
  %3 = where(%2, add(%1, sign(%0)), %1);
  cast(clip(add(%3, cast(3, dtype="float32")), a_min=-128f, a_max=127f), dtype="int8")
}}"""


def test_what_is_put_together_computes_the_same() -> None:
    module = migrate.load(WRITTEN)
    again = quantized_again(module)
    assert re.findall(r"= (\S+)\(|  (\S+)\(", print_module(again)) == [("", "qnn.quantize")]
    args = complete_inputs(module, [None])
    for before, after in zip(leaves(execute(module, args)), leaves(execute(again, args)), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    ("part", "other"),
    [("0.5f", "0.4f"), ("sign(%0)", "sign(%x)"), ("trunc(%0)", "floor(%0)"), ("a_max=127f", "a_max=126f")],
)
def test_what_computes_something_else_stays(part: str, other: str) -> None:
    assert "qnn.quantize" not in print_module(quantized_again(migrate.load(WRITTEN.replace(part, other))))
