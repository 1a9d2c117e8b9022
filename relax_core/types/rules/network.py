"""Rules of losses, attention and padding, and of gradients that have the type of their data."""

from __future__ import annotations

from relax_core.ir.types import TensorType, Type
from relax_core.types.rules import terms
from relax_core.types.rules.arguments import (
    Arguments,
    Rule,
    arithmetic_dtype,
    check_integers,
    made,
    one_device,
    values,
)
from tensor_core.ops import rules
from tensor_core.ops.card import Reject
from tensor_core.prim import NE, FloorMod
from tensor_core.releases import older
from tensor_core.shapes import Shape, as_expr


def _cross_entropy(given: Arguments) -> Type:
    scores, labels = given.tensor(0), given.tensor(1)
    dtype, device = arithmetic_dtype(scores, labels, given.release), one_device(scores, labels)
    if scores.ndim >= 0 and labels.ndim >= 0 and scores.ndim != labels.ndim:
        raise Reject("predictions and labels have different numbers of dimensions", 1)
    mine, theirs = values(scores), values(labels)
    if mine is not None and theirs is not None and any(map(terms.differ, mine, theirs)):
        raise Reject(f"shapes {rules.show(mine)} and {rules.show(theirs)} differ", 1)
    return made((), dtype, device)


def _nll_loss(given: Arguments) -> Type:
    scores, targets = given.tensor(0), given.tensor(1)
    weights = given.tensor(2) if len(given) > 2 else None
    dtype = arithmetic_dtype(scores, weights, given.release) if weights is not None else scores.dtype
    device = one_device(scores, weights) if weights is not None else scores.vdevice
    # Bools were integers of one bit until TVM 0.21.
    if targets.dtype != "bool" or not older(given.release, "0.22"):
        check_integers(targets, 1)
    if scores.ndim == 0:
        raise Reject("the predictions must have at least one dimension", 0)
    if scores.ndim >= 0 and targets.ndim >= 0 and max(scores.ndim - 2, 0) != max(targets.ndim - 1, 0):
        raise Reject("the targets must have one dimension less than the predictions", 1)
    if weights is not None and weights.ndim not in (-1, 1):
        raise Reject(f"the weights must be a vector, got {weights}", 2)
    own = values(scores)
    outer = None if own is None or len(own) == 1 else (own[0], *own[2:])
    _check_targets(own, outer, values(targets))
    classes = None if own is None else own[0] if len(own) == 1 else own[1]
    known = values(weights) if weights is not None else None
    if classes is not None and known is not None and terms.differ(classes, known[0]):
        raise Reject("expected a weight for each class", 2)
    reduction = given.attrs["reduction"]
    if reduction not in ("none", "sum", "mean"):
        raise Reject(f"reduction must be none, sum or mean, not {reduction!r}")
    if reduction != "none":
        return made((), dtype, device)
    if scores.dims is not None:
        return made(outer or (), dtype, device)
    return made(None, dtype, device, scores.ndim - 1 if scores.ndim >= 0 else -1)


def _check_targets(own: Shape | None, outer: Shape | None, targets: Shape | None) -> None:
    if targets is None or own is None:
        return
    if (outer is None) != (not targets):
        raise Reject("the targets must have one dimension less than the predictions", 1)
    for mine, theirs in zip(outer or (), targets, strict=False):
        if terms.differ(mine, theirs):
            raise Reject(f"targets of shape {rules.show(targets)} do not fit", 1)


def _four(type_: TensorType, argument: int) -> Shape:
    """The four known dimensions of an argument."""
    if type_.dims is None or len(type_.dims) != 4:
        raise Reject(f"expected four known dimensions, got {type_}", argument)
    return type_.dims


def _attention(given: Arguments) -> Type:
    types = [given.tensor(n) for n in range(len(given))]
    query, key, value = (_four(item, n) for n, item in enumerate(types[:3]))
    for n, mine, theirs in (
        (1, query[0], key[0]), (2, query[0], value[0]), (2, key[1], value[1]), (1, query[3], key[3]),
    ):  # fmt: skip
        if terms.differ(mine, theirs):
            raise Reject("query, key and value do not fit together", n)
    for n, other in ((1, key), (2, value)):
        if terms.proven(NE(FloorMod(as_expr(query[2]), as_expr(other[2])), as_expr(0))):
            raise Reject("the heads of the query must be a multiple of those of key and value", n)
    if len(types) == 4:
        _check_bias(types[3], query, key)
    return made((query[0], query[1], query[2], value[3]), types[0].dtype, types[0].vdevice)


def _check_bias(bias: TensorType, query: Shape, key: Shape) -> None:
    dims = _four(bias, 3)
    for own, wanted in zip(dims, (query[0], query[2], query[1]), strict=False):
        if not (isinstance(own, int) and own == 1) and terms.differ(wanted, own):
            raise Reject(f"a bias of shape {rules.show(dims)} does not fit", 3)
    if terms.differ(key[1], dims[3]):
        raise Reject(f"a bias of shape {rules.show(dims)} does not fit", 3)


def _pad(given: Arguments) -> Type:
    data, widths = given.tensor(0), given.attrs["pad_width"]
    if len(widths) != 2 * data.ndim:
        raise Reject(f"a width before and behind is needed for each dimension of {data}")
    if data.shape is None:
        return made(None, data.dtype, None, data.ndim)
    if data.dims is None:
        raise Reject("the dimensions must be known", 0)
    return made([terms.add(dim, sum(widths[2 * n : 2 * n + 2])) for n, dim in enumerate(data.dims)], data.dtype)


def _pixel_shuffle(given: Arguments) -> Type:
    data, factor = given.tensor(0), given.attrs["upscale_factor"]
    if factor <= 0:
        raise Reject("the factor must be positive")
    if data.ndim < 3:
        raise Reject(f"expected at least three dimensions, got {data}", 0)
    if data.shape is None:
        return made(None, data.dtype, None, data.ndim)
    if data.dims is None:
        raise Reject("the dimensions must be known", 0)
    *outer, channels, height, width = data.dims
    if not isinstance(channels, int) or channels % factor**2:
        raise Reject("the channels must be a known multiple of the factor's square", 0)
    dims = (*outer, channels // factor**2, terms.multiply(height, factor), terms.multiply(width, factor))
    return made(dims, data.dtype)


def _same_as_second(given: Arguments) -> Type:
    return given.types[1]


RULES: dict[str, Rule] = {
    "relax.nn.cross_entropy_with_logits": _cross_entropy,
    "relax.nn.nll_loss": _nll_loss,
    "relax.nn.pad": _pad,
    "relax.nn.pixel_shuffle": _pixel_shuffle,
    "relax.nn.attention": _attention,
    "relax.nn.attention_var_len": _attention,
    "relax.nn.attention_bias": _attention,
    **dict.fromkeys(
        [
            f"relax.grad.{name}"
            for name in ("nll_loss_backward", "max_pool2d_backward", "avg_pool2d_backward", "take_backward")
        ],
        _same_as_second,
    ),
}
