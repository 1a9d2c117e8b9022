"""FoldExplicitPadding on Relax: pads that go into what takes them, and pads that stay."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from relax_core.interpret import evaluate
from relax_core.ir.expr import IRModule
from relax_core.passes.fold_explicit_padding import RULES, FoldExplicitPadding
from relax_core.text.printer import print_module
from relax_core.text.reader import read
from relax_core.well_formed import check as faults
from tensor_core import dtypes

HEAD = "from tvm.script import ir as I, relax as R, tir as T\n@I.ir_module\nclass Module:\n    @R.function\n"
LOWEST = dtypes.lowest("float32")


def module(rank: int, taker: str, width: int = 1, value: float = 0.0, **said: Any) -> IRModule:
    """A pad of every spatial axis, and what takes it."""
    shape = (1, 2, *(4,) * rank)
    pad_width = said.get("pad_width", [0, 0, 0, 0, *(width,) * (2 * rank)])
    mode = said.get("mode", "constant")
    text = f"""{HEAD}    def main(x: R.Tensor({shape}, "float32"), w: R.Tensor({(3, 2, *(2,) * rank)}, "float32")):
        with R.dataflow():
            padded = R.nn.pad(x, pad_width={pad_width}, pad_value={value}, pad_mode="{mode}")
            out = R.nn.{taker}
            R.output(out)
        return out
"""
    return read(text, release="0.27")


def after(before: IRModule) -> str:
    """The text after the pass, which must be well formed and compute the same."""
    result = FoldExplicitPadding()(before)
    assert faults(result) == []
    rng = np.random.default_rng(3)
    types: list[Any] = [param.ty for param in before["main"].params]
    args = [rng.normal(size=type_.dims).astype("float32") for type_ in types]
    assert_allclose(evaluate(result, args), evaluate(before, args), rtol=1e-5, atol=1e-6)
    return print_module(result)


def _takers() -> dict[str, tuple[int, str, float]]:
    found: dict[str, tuple[int, str, float]] = {}
    for rank in (1, 2, 3):
        size = [2] * rank
        found[f"nn.conv{rank}d"] = rank, f"conv{rank}d(padded, w)", 0.0
        found[f"nn.avg_pool{rank}d"] = rank, f"avg_pool{rank}d(padded, pool_size={size})", 0.0
        found[f"nn.max_pool{rank}d"] = rank, f"max_pool{rank}d(padded, pool_size={size})", LOWEST
    return found


TAKERS = _takers()


def test_every_rule_has_an_example() -> None:
    assert set(TAKERS) == {rule.name for rule in RULES}


@pytest.mark.parametrize("name", TAKERS)
def test_pad_goes_into_what_takes_it(name: str) -> None:
    rank, taker, value = TAKERS[name]
    text = after(module(rank, taker, value=value))
    assert "R.nn.pad" not in text
    assert f"padding={[1] * (2 * rank)}" in text


def test_paddings_add_up_side_by_side() -> None:
    before = module(2, "conv2d(padded, w, padding=[1, 0, 2, 0])", pad_width=[0, 0, 0, 0, 1, 0, 0, 2])
    assert "padding=[2, 0, 2, 2]" in after(before)


@pytest.mark.parametrize(
    "before",
    [
        module(2, "conv2d(padded, w)", value=1.0),
        module(2, "conv2d(padded, w)", mode="reflect"),
        module(2, "max_pool2d(padded, pool_size=[2, 2])"),
        module(2, "avg_pool2d(padded, pool_size=[2, 2], padding=[1, 1, 1, 1])"),
        module(2, "avg_pool2d(padded, pool_size=[3, 3], strides=[2, 2], ceil_mode=True)"),
        module(1, "max_pool1d(padded, pool_size=[2], ceil_mode=True)", value=LOWEST, pad_width=[0, 0, 0, 0, 0, 2]),
        module(2, "max_pool2d(padded, pool_size=[2, 2])", value=LOWEST, pad_width=[0, 0, 1, 1, 0, 0, 0, 0]),
    ],
    ids=["another number", "mirrored", "zeros before a maximum", "a mean with padding", "windows over the edge",
         "windows in the padding", "channels"],
)  # fmt: skip
def test_pad_stays(before: IRModule) -> None:
    assert "R.nn.pad" in after(before)
