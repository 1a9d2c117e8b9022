"""Relax operators of nn.* that no release can compile for a CPU, against operators that one can."""

import numpy as np
import pytest
from card_calls import card, kernel_results, type_of

from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.card import Reject
from tensor_core.ops.linear.attention import Attention
from tensor_core.ops.shape_moves.blocks import SubPixel
from tensor_core.ops.shape_moves.pixel_shuffle import PixelShuffle
from tensor_core.reference import evaluate

RANDOM = np.random.default_rng(5)


def uniform(*shape: int) -> np.ndarray:
    return RANDOM.uniform(-1, 1, shape).astype("float32")


def both(name, params, args):
    """What the reference and the kernel of a card give."""
    reference = evaluate(card(name), params, args)
    (kernel,) = kernel_results(name, params, [type_of(arg) for arg in args], list(args), [reference])
    return reference, kernel


@pytest.mark.parametrize("mask", [None, "TopLeft", "BottomRight"])
def test_sequences_of_several_lengths_attend_to_themselves(mask: str | None) -> None:
    starts_q, starts_k = np.array([0, 2, 5], "int32"), np.array([0, 3, 7], "int32")
    q, k, v = uniform(1, 5, 2, 4), uniform(1, 7, 2, 4), uniform(1, 7, 2, 3)
    longest = np.array([3], "int32"), np.array([4], "int32")
    params = Attention(causal_mask=mask)
    parts = [
        evaluate(card("nn.attention"), params, (q[:, a:b], k[:, c:d], v[:, c:d]))
        for a, b, c, d in ((0, 2, 0, 3), (2, 5, 3, 7))
    ]
    for result in both("nn.attention_var_len", params, (q, k, v, starts_q, starts_k, *longest)):
        np.testing.assert_allclose(result, np.concatenate(parts, 1), rtol=1e-5, atol=1e-6)


def test_fewer_heads_of_keys_serve_runs_of_query_heads() -> None:
    q, k, v = uniform(2, 3, 4, 5), uniform(2, 6, 2, 5), uniform(2, 6, 2, 5)
    whole = evaluate(card("nn.attention"), Attention(), (q, np.repeat(k, 2, 2), np.repeat(v, 2, 2)))
    for result in both("nn.attention", Attention(), (q, k, v)):
        np.testing.assert_allclose(result, whole, rtol=1e-5, atol=1e-6)
    with pytest.raises(Reject, match="multiple"):
        card("nn.attention").infer(Attention(), type_of(q), type_of(uniform(2, 6, 3, 5)), type_of(v))


def test_a_sliding_window_has_no_meaning_to_run() -> None:
    args = (uniform(1, 3, 2, 4),) * 3
    with pytest.raises(DiagnosticError, match=r"R2R0602.*sliding window"):
        evaluate(card("nn.attention"), Attention(window_size=2), args)


@pytest.mark.parametrize("shape", [(2, 8, 3, 2), (1, 18, 2, 2)])
def test_pixel_shuffle_is_depth_to_space_with_the_channel_first(shape: tuple[int, ...]) -> None:
    data, size = uniform(*shape), 2 if shape[1] == 8 else 3
    expected = evaluate(card("nn.depth_to_space"), SubPixel(size, "NCHW", "CRD"), (data,))
    for result in both("nn.pixel_shuffle", PixelShuffle(size), (data,)):
        np.testing.assert_array_equal(result, expected)
