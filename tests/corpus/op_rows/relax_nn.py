"""Operators of nn.* and grad.* that Relax has beside those it shares with Relay."""

from typing import Any

from row_language import T, V, relax

X = T((3, 5), "float32", -6, 6)
NEWER = ("0.27",)
LOGITS = T((5, 4))
TARGETS = V([0, 3, 2, 1, 3], "int32")
WEIGHTS = T((4,), "float32", 0.1, 2.0)
POOL: dict[str, Any] = {"pool_size": [3, 3], "strides": [2, 2], "padding": [1, 1, 1, 1]}


def heads(*shape, dtype="float32"):
    return T(shape, dtype, -1, 1)


# fmt: off
ROWS = [
    *[relax(f"nn.{name}", T((3, 5), dtype, -6, 6)) for name in ("gelu", "gelu_tanh", "silu")
      for dtype in ("float32", "float64", "float16")],
    relax("nn.gelu", T((3,), "int32")),
    relax("nn.selu", X, releases=NEWER),
    relax("nn.selu", T((3, 5), "float16", -6, 6), releases=NEWER),
    relax("nn.softplus", X, releases=NEWER),
    relax("nn.softplus", T((3, 5), "float32", -30, 30), beta=2.0, threshold=10.0, releases=NEWER),
    relax("nn.softplus", T((3, 5), "float64"), beta=0.5, threshold=1.0, releases=NEWER),
    *[relax("nn.rms_norm", T((2, 3, 4), dtype), T((4,), dtype), axes=[-1]) for dtype in ("float32", "float16")],
    relax("nn.rms_norm", T((2, 3, 4)), T((3, 4)), axes=[1, 2], epsilon=0.5),
    relax("nn.rms_norm", T((2, 3, 4)), T((3,)), axes=1, epsilon=0.5),
    relax("nn.rms_norm", T((2, 3, 4)), T((4,))),
    relax("nn.rms_norm", T((2, 3, 4)), T((3,))),
    relax("nn.rms_norm", T((2, 3, 4)), T((4,), "float16")),
    relax("nn.pixel_shuffle", T((2, 8, 3, 2)), upscale_factor=2, releases=NEWER),
    relax("nn.pixel_shuffle", T((2, 7, 3, 2)), upscale_factor=2, releases=NEWER),
    relax("nn.cross_entropy_with_logits", T((3, 4)), T((3, 4))),
    relax("nn.cross_entropy_with_logits", T((4,)), T((4,))),
    relax("nn.cross_entropy_with_logits", T((2, 3, 4)), T((2, 3, 4))),
    relax("nn.cross_entropy_with_logits", T((2, 3)), T((2, 4))),
    relax("nn.cross_entropy_with_logits", T((2, 3)), T((2, 3), "float64")),
    *[relax("nn.nll_loss", LOGITS, TARGETS, *weights, reduction=reduction, ignore_index=ignored)
      for weights in ((), (WEIGHTS,)) for reduction in ("mean", "sum", "none") for ignored in (-100, 3)],
    relax("nn.nll_loss", LOGITS, TARGETS),
    relax("nn.nll_loss", T((4,)), V(2, "int32"), WEIGHTS, reduction="sum"),
    relax("nn.nll_loss", T((4,)), V(2, "int64"), reduction="mean"),
    relax("nn.nll_loss", T((2, 4, 3)), T((2, 3), "int64", 0, 3), WEIGHTS, ignore_index=1),
    relax("nn.nll_loss", T((2, 4, 3)), T((2, 3), "int64", 0, 3), WEIGHTS, reduction="none"),
    relax("nn.nll_loss", T((5, 4)), T((5,), "float32"), WEIGHTS),
    relax("nn.nll_loss", T((5, 4)), T((4,), "int32", 0, 3), WEIGHTS),
    relax("nn.nll_loss", T((5, 4)), T((5,), "int32", 0, 3), T((3,))),
    *[relax("grad.nll_loss_backward", grad, LOGITS, TARGETS, *weights, reduction=reduction, ignore_index=ignored)
      for weights in ((), (WEIGHTS,)) for reduction, grad in (("mean", V(1.5)), ("sum", V(0.5)), ("none", T((5,))))
      for ignored in (-100, 3)],
    relax("grad.nll_loss_backward", V(2.0), T((4,)), V(2, "int32"), WEIGHTS, reduction="sum"),
    relax("grad.nll_loss_backward", V(2.0), T((4,)), V(2, "int32"), WEIGHTS, reduction="mean"),
    relax("grad.nll_loss_backward", T((2, 3)), T((2, 4, 3)), T((2, 3), "int64", 0, 3), WEIGHTS, reduction="none"),
    relax("grad.take_backward", T((3, 4)), T((5, 4)), V([1, 4, 1], "int32"), axis=0),
    relax("grad.take_backward", T((2, 3, 4)), T((2, 5, 4)), V([1, 4, 1], "int64"), axis=1),
    relax("grad.take_backward", T((3,)), T((5,)), V([1, 4, 1], "int32")),
    *[relax(f"grad.{kind}_pool2d_backward", T((1, 2, 3, 3)), T((1, 2, 5, 5)), **POOL) for kind in ("max", "avg")],
    *[relax(f"grad.{kind}_pool2d_backward", T((1, 2, 3, 3)), T((1, 2, 6, 6)), pool_size=[2, 2], strides=[2, 2])
      for kind in ("max", "avg")],
    relax("grad.avg_pool2d_backward", T((1, 2, 3, 3)), T((1, 2, 5, 5)), count_include_pad=True, **POOL),
    *[relax(f"grad.{kind}_pool2d_backward", T((1, 3, 3, 2)), T((1, 6, 6, 2)), pool_size=[2, 2], strides=[2, 2],
            layout="NHWC") for kind in ("max", "avg")],
    relax("nn.attention", heads(2, 3, 4, 5), heads(2, 6, 4, 5), heads(2, 6, 4, 7)),
    relax("nn.attention", heads(2, 3, 4, 5), heads(2, 6, 4, 5), heads(2, 6, 4, 7), heads(2, 4, 3, 6)),
    relax("nn.attention", heads(2, 3, 4, 5), heads(2, 6, 4, 5), heads(2, 6, 4, 7), heads(1, 4, 1, 6)),
    *[relax("nn.attention", heads(1, 3, 2, 4), heads(1, keys, 2, 4), heads(1, keys, 2, 4), causal_mask=mask)
      for mask in ("TopLeft", "BottomRight") for keys in (3, 5)],
    relax("nn.attention", heads(1, 3, 2, 4, dtype="float16"), heads(1, 3, 2, 4, dtype="float16"),
          heads(1, 3, 2, 4, dtype="float16")),
    relax("nn.attention", heads(1, 3, 2, 4), heads(1, 3, 2, 4), heads(1, 3, 2, 4), window_size=2),
    relax("nn.attention", heads(1, 3, 2, 4), heads(2, 3, 2, 4), heads(1, 3, 2, 4)),
    relax("nn.attention", heads(1, 3, 2, 4), heads(1, 3, 2, 5), heads(1, 3, 2, 4)),
    relax("nn.attention", heads(3, 2, 4), heads(1, 3, 2, 4), heads(1, 3, 2, 4)),
    relax("nn.attention", heads(1, 3, 2, 4), heads(1, 3, 2, 4), heads(1, 3, 2, 4), heads(1, 2, 3, 4)),
]
