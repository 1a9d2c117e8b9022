"""nn.attention, nn.attention_bias and nn.attention_var_len: softmax(query . key * scale + bias) . value for each head.

Operands are (batch, sequence, heads, head size). Fewer heads of keys than of queries are each used for a run of query
heads, as the type rule of TVM permits (its own kernel for CPUs does not handle that). ``causal_mask`` lets a query see
the keys up to its own place ("TopLeft"), or up to its own place counted from the end ("BottomRight": further by the
difference of the lengths, without its sign, as in TVM 0.19 to 0.27). ``window_size`` has no kernel in any release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tensor_core import dtypes, prim, shapes
from tensor_core.fragment import Fragment
from tensor_core.loops.builder import LoopBuilder, Tensor
from tensor_core.loops.nodes import Combiner
from tensor_core.ops import contraction, rules
from tensor_core.ops.card import (
    Field,
    Input,
    Kind,
    OpCard,
    Operand,
    Pattern,
    Reject,
    RelaxSpelling,
    Rounding,
    Value,
)
from tensor_core.ops.draw import FLOATS, Draw, Drawn
from tensor_core.ops.indexing import broadcast_index
from tensor_core.ops.rules import Array
from tensor_core.prim import PrimExpr
from tensor_core.shapes import Dim
from tensor_core.types import TensorType, Type

TOP_LEFT, BOTTOM_RIGHT = "TopLeft", "BottomRight"


@dataclass(frozen=True, slots=True)
class Attention:
    """``scale``: what products are multiplied by, None for one over the root of the head size."""

    scale: float | None = None
    causal_mask: str | None = None
    window_size: int | None = None


def _operand(type_: Type, argument: int, name: str) -> TensorType:
    found = rules.tensor(type_, argument)
    if found.rank != 4:
        wanted = "batch, sequence, heads, head size" if argument < 3 else "batch, heads, queries, keys"
        raise Reject(f"the {name} must have four dimensions ({wanted}), got {rules.show(found.shape)}", argument)
    return found


def _same(a: Dim, b: Dim, argument: int, what: str) -> None:
    if shapes.prove_different(a, b):
        raise Reject(f"{what}: {shapes.to_text(a)} and {shapes.to_text(b)} differ", argument)


def _infer(params: Attention, query: Type, key: Type, value: Type, *bias: Type) -> Type:
    del params
    q, k, v = (_operand(item, n, ("query", "key", "value")[n]) for n, item in enumerate((query, key, value)))
    for argument, other in ((1, k), (2, v)):
        _same(q.shape[0], other.shape[0], argument, "batch sizes")
        heads, own = q.shape[2], other.shape[2]
        if isinstance(heads, int) and isinstance(own, int) and (heads % own if own else heads):
            raise Reject(f"{heads} heads of the query are no multiple of {own}", argument)
    _same(k.shape[1], v.shape[1], 2, "lengths of key and value")
    _same(q.shape[3], k.shape[3], 1, "head sizes")
    if bias:
        _check_bias(q, k, _operand(bias[0], 3, "bias"))
    return TensorType((*q.shape[:3], v.shape[3]), q.dtype)


def _check_bias(q: TensorType, k: TensorType, bias: TensorType) -> None:
    for dim, own, what in zip(
        bias.shape, (q.shape[0], q.shape[2], q.shape[1]), ("batch sizes", "heads", "lengths"), strict=False
    ):
        if not (isinstance(dim, int) and dim == 1):
            _same(own, dim, 3, f"{what} of query and bias")
    _same(k.shape[1], bias.shape[3], 3, "lengths of key and bias")


def _infer_var_len(params: Attention, query: Type, key: Type, value: Type, *lengths: Type) -> Type:
    # Relax deduces the type by a rule of its own, whatever the lengths are; this is what can be computed.
    for argument, (item, ranks) in enumerate(zip(lengths, ((1,), (1,), (0, 1), (0, 1)), strict=False), 3):
        if rules.tensor(item, argument).rank not in ranks:
            raise Reject(f"expected {' or '.join(map(str, ranks))} dimensions, got {item}", argument)
    starts = [rules.tensor(item, n).shape[0] for n, item in enumerate(lengths[:2], 3)]
    if shapes.prove_different(*starts):
        raise Reject(f"expected as many starts of keys as of queries, got {rules.show(tuple(starts))}", 4)
    return _infer(params, query, key, value)


def _offset(params: Attention, queries: int, keys: int) -> int | None:
    """How far beyond its own place a query sees keys; None: all of them."""
    if params.window_size is not None:
        raise Reject("no release of TVM has a kernel for a sliding window")
    if params.causal_mask is None:
        return None
    if params.causal_mask not in (TOP_LEFT, BOTTOM_RIGHT):
        raise Reject(f"unknown causal mask {params.causal_mask!r}")
    return 0 if params.causal_mask == TOP_LEFT else abs(queries - keys)


def _scores(params: Attention, q: Array, k: Array, bias: Array | None) -> Array:
    """Scaled products (batch, heads, queries, keys), minus infinity where a key is not seen."""
    result = contraction.einsum("bihd,bjhd->bhij", q, _heads(k, q.shape[2]))
    scale = params.scale if params.scale is not None else 1 / np.sqrt(q.shape[3])
    result = result * np.asarray(scale, result.dtype)
    if bias is not None:
        result = result + bias
    offset = _offset(params, q.shape[1], k.shape[1])
    if offset is None:
        return result
    return np.where(np.tri(q.shape[1], k.shape[1], offset, dtype=bool), result, np.asarray(-np.inf, result.dtype))


def _heads(x: Array, count: int) -> Array:
    return x if x.shape[2] == count else np.repeat(x, count // x.shape[2], axis=2)


def _probabilities(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
    return powers / powers.sum(axis=-1, keepdims=True)


def _reference(params: Attention, q: Array, k: Array, v: Array, *bias: Array) -> Array:
    wide = np.dtype(np.float64 if q.dtype.itemsize == 8 else np.float32)
    weights = _probabilities(_scores(params, q.astype(wide), k.astype(wide), bias[0].astype(wide) if bias else None))
    result = contraction.einsum("bhij,bjhd->bihd", weights, _heads(v.astype(wide), q.shape[2]))
    return result.astype(q.dtype)


def _magnitude(params: Attention, q: Array, k: Array, v: Array, *bias: Array) -> Array:
    weights = _probabilities(_scores(params, q, k, bias[0] if bias else None))
    # An error in a score is a relative error in its weight and, by the sum, in all weights of its row.
    plain = Attention(None if params.scale is None else abs(params.scale))
    size = _scores(plain, abs(q), abs(k), abs(bias[0]) if bias else None).max(axis=-1, keepdims=True)
    return contraction.einsum("bhij,bjhd->bihd", weights * (1 + 2 * size), _heads(abs(v), q.shape[2]))


def _reference_var_len(params: Attention, q: Array, k: Array, v: Array, *rest: Array) -> Array:
    return _by_sequence(_reference, params, q, k, v, *rest)


def _magnitude_var_len(params: Attention, q: Array, k: Array, v: Array, *rest: Array) -> Array:
    return _by_sequence(_magnitude, params, q, k, v, *rest)


def _by_sequence(attend: Any, params: Attention, q: Array, k: Array, v: Array, *rest: Array) -> Array:
    """Sequences of several lengths, one after the other in a batch of one; ``rest`` begins with where each starts."""
    starts_q, starts_k = (item.reshape(-1).astype(np.int64).tolist() for item in rest[:2])
    result = np.zeros((*q.shape[:3], v.shape[3]), q.dtype)
    for n in range(len(starts_q) - 1):
        rows, columns = slice(starts_q[n], starts_q[n + 1]), slice(starts_k[n], starts_k[n + 1])
        if rows.start < rows.stop:
            result[:, rows] = attend(params, q[:, rows], k[:, columns], v[:, columns])
    return result


Seen = Callable[[PrimExpr, PrimExpr], PrimExpr]
"""Whether a query sees a key, by their places in the sequences."""


def _lower(params: Attention, b: LoopBuilder, q: Tensor, k: Tensor, v: Tensor, *bias: Tensor) -> Tensor:
    _offset(params, 0, 0)
    offset = _symbolic_offset(params, shapes.as_expr(q.shape[1]), shapes.as_expr(k.shape[1]))

    def before(row: PrimExpr, column: PrimExpr) -> PrimExpr:
        return column <= row + offset

    seen = None if params.causal_mask is None else before
    return _attention(params, b, (q, k, v), bias[0] if bias else None, seen)


def _lower_var_len(
    params: Attention, b: LoopBuilder, q: Tensor, k: Tensor, v: Tensor, starts_q: Tensor, starts_k: Tensor, *_: Tensor
) -> Tensor:
    _offset(params, 0, 0)
    sequences = shapes.subtract(starts_q.shape[0], 1)

    def together(row: PrimExpr, column: PrimExpr, n: PrimExpr) -> PrimExpr:
        first, last, start, stop = (
            starts[place].astype("int64") for starts in (starts_q, starts_k) for place in (n, n + 1)
        )
        inside = [first <= row, row < last, start <= column, column < stop]
        if params.causal_mask is not None:
            offset = _symbolic_offset(params, last - first, stop - start)
            inside.append(column - start <= row - first + offset)
        return prim.all_of(inside)

    pairs = b.reduce((q.shape[1], k.shape[1]), (sequences,), together, Combiner.ANY, name="T_visible")
    return _attention(params, b, (q, k, v), None, lambda row, column: pairs[row, column])


def _attention(
    params: Attention, b: LoopBuilder, operands: tuple[Tensor, Tensor, Tensor], bias: Tensor | None, seen: Seen | None
) -> Tensor:
    q, k, v = operands
    batch, queries, heads, size = q.shape
    keys = k.shape[1]
    shape = (batch, heads, queries)

    def product(*i: PrimExpr) -> PrimExpr:
        n, h, row, column, d = i
        return q[(n, row, h, d)] * k[(n, column, _head(h, q, k), d)]

    products = b.reduce((*shape, keys), (size,), product, Combiner.SUM, name="T_batch_matmul")

    def score(*i: PrimExpr) -> PrimExpr:
        result = products[i]
        if params.scale is not None:
            result = result * prim.const(params.scale, q.dtype)
        else:
            result = result / prim.intrinsic("sqrt", shapes.as_expr(size).astype(q.dtype))
        return result + bias[broadcast_index(i, bias.shape)] if bias else result

    scores = b.compute((*shape, keys), score, name="T_score")

    def visible(i: tuple[PrimExpr, ...], value: PrimExpr, otherwise: float) -> PrimExpr:
        return prim.select(seen(i[-2], i[-1]), value, otherwise) if seen else value

    lowest = dtypes.lowest(q.dtype)
    top = b.reduce(shape, (keys,), lambda *i: visible(i, scores[i], lowest), Combiner.MAX, name="T_softmax_maxelem")
    powers = b.compute(
        (*shape, keys), lambda *i: visible(i, prim.intrinsic("exp", scores[i] - top[i[:-1]]), 0), name="T_softmax_exp"
    )
    total = b.reduce(shape, (keys,), lambda *i: powers[i], Combiner.SUM, name="T_softmax_expsum")

    def weight(*i: PrimExpr) -> PrimExpr:
        # A query that sees no key gets nothing.
        return prim.select(total[i[:-1]] > 0, powers[i] / total[i[:-1]], 0)

    weights = b.compute((*shape, keys), weight, name="T_softmax_norm")

    def attended(*i: PrimExpr) -> PrimExpr:
        n, row, h, d, column = i
        return weights[(n, h, row, column)] * v[(n, column, _head(h, q, v), d)]

    return b.reduce((*q.shape[:3], v.shape[3]), (keys,), attended, Combiner.SUM, name="T_attention")


def _head(head: PrimExpr, q: Tensor, other: Tensor) -> PrimExpr:
    """Which head of the keys or values a head of the queries uses."""
    many, few = q.shape[2], other.shape[2]
    if isinstance(many, int) and isinstance(few, int) and many != few:
        return head // (many // few)
    return head


def _symbolic_offset(params: Attention, queries: PrimExpr, keys: PrimExpr) -> PrimExpr:
    if params.causal_mask == TOP_LEFT:
        return prim.const(0, "int64")
    return prim.Max(queries - keys, keys - queries)


def _expand(params: Attention, f: Fragment[Any], q: Any, k: Any, v: Any, *bias: Any) -> Any:
    source, keys, values = (f.tensor_type(item) for item in (q, k, v))
    batch, queries, heads, size = source.shape
    if not (isinstance(size, int) and isinstance(heads, int) and heads == keys.shape[2] == values.shape[2]):
        raise Reject("the head size and the same number of heads must be known")
    rows = shapes.multiply(batch, heads)

    def flat(item: Any, type_: TensorType) -> Any:
        moved = f.call("transpose", item, axes=(0, 2, 1, 3))
        return f.call("reshape", moved, shape=(rows, type_.shape[1], type_.shape[3]))

    product = {"transpose_a": False, "out_dtype": ""}
    scores = f.call("nn.batch_matmul", flat(q, source), flat(k, keys), transpose_b=True, **product)
    scale = params.scale if params.scale is not None else size**-0.5
    scores = f.call("multiply", scores, f.constant(scale, source.dtype))
    if bias:
        whole = f.call("reshape", scores, shape=(batch, heads, queries, keys.shape[1]))
        scores = f.call("reshape", f.call("add", whole, bias[0]), shape=(rows, queries, keys.shape[1]))
    weights = f.call("nn.softmax", _expand_mask(params, f, scores, source, keys), axis=-1)
    result = f.call("nn.batch_matmul", weights, flat(v, values), transpose_b=False, **product)
    result = f.call("reshape", result, shape=(batch, heads, queries, values.shape[3]))
    return f.call("transpose", result, axes=(0, 2, 1, 3))


def _expand_mask(params: Attention, f: Fragment[Any], scores: Any, source: TensorType, keys: TensorType) -> Any:
    rows, columns = source.shape[1], keys.shape[1]
    if not (isinstance(rows, int) and isinstance(columns, int)):
        _offset(params, 0, 0)
        if params.causal_mask is None:
            return scores
        raise Reject("the lengths are symbolic, so the causal mask is no constant")
    offset = _offset(params, rows, columns)
    if offset is None:
        return scores
    hidden = np.where(np.tri(rows, columns, offset, dtype=bool), 0, dtypes.lowest(source.dtype) / 2)
    return f.call("add", scores, f.constant(hidden[None], source.dtype))


def _factor(params: Attention, q: TensorType, k: TensorType, v: TensorType, *rest: Type) -> float:
    del params, v, rest
    return float(sum(dim if isinstance(dim, int) else 1024 for dim in (q.shape[3], k.shape[1])))


def _read(attrs: Mapping[str, Value], types: Sequence[Type]) -> Mapping[str, Value]:
    del types
    scale, window = (rules.constant_number(attrs[name]) for name in ("scale", "window_size"))
    return {"scale": scale, "causal_mask": attrs["causal_mask"], "window_size": window}


def _draw(d: Draw) -> Drawn:
    return _drawn(d, d.integer(1, 2), d.integer(1, 4), d.integer(1, 4))


def _draw_bias(d: Draw) -> Drawn:
    plain = _draw(d)
    q, k = (rules.tensor(item, n) for n, item in enumerate(plain.types[:2]))
    spread = (dim if d.flag() else 1 for dim in (q.shape[0], q.shape[2], q.shape[1]))
    return Drawn(plain.params, (*plain.types, TensorType((*spread, k.shape[1]), q.dtype)))


def _draw_var_len(d: Draw) -> Drawn:
    queries, keys = (d.extents(2, least, 3) for least in (0, 1))
    # Behind the last sequence there may be more queries.
    plain = _drawn(d, 1, sum(queries) + 1, sum(keys))
    starts = [np.cumsum((0, *lengths)).astype(np.int32) for lengths in (queries, keys)]
    longest = [np.asarray(max(lengths), np.int32) for lengths in (queries, keys)]
    values = dict(enumerate((*starts, *longest), 3))
    types = (*plain.types, *(TensorType(item.shape, "int32") for item in values.values()))
    return Drawn(plain.params, types, values=values)


def _drawn(d: Draw, batch: int, queries: int, keys: int) -> Drawn:
    own, other, dtype = d.integer(1, 2), d.integer(1, 2), d.one_of(*FLOATS)
    heads, size = own * other * d.integer(1, 2), d.integer(1, 4)
    operands = ((queries, heads, size), (keys, own, size), (keys, other, d.integer(1, 4)))
    params = Attention(d.one_of(None, 0.5, 1.0), d.one_of(None, TOP_LEFT, BOTTOM_RIGHT))
    return Drawn(params, tuple(TensorType((batch, *item), dtype) for item in operands))


_FIELDS = (
    Field("scale", Kind.FLOAT, None, optional=True),
    Field("causal_mask", Kind.STR, None, optional=True),
    Field("window_size", Kind.INT, None, optional=True),
)
_INPUTS = (Input("query"), Input("key"), Input("value"))
_LENGTHS = tuple(Input(name) for name in ("seqstart_q", "seqstart_k", "max_seqlen_q", "max_seqlen_k"))


def _spelled(name: str, inputs: Sequence[Input]) -> tuple[RelaxSpelling, ...]:
    return (
        RelaxSpelling(
            name=f"relax.{name}",
            operands=tuple(Operand(item.name) for item in inputs),
            attrs_type="relax.attrs.AttentionAttrs",
            fields=_FIELDS,
            read=_read,
        ),
    )


def _card(name: str, inputs: Sequence[Input]) -> OpCard[Attention]:
    return OpCard(
        name=name,
        inputs=tuple(inputs),
        params=Attention,
        infer=_infer,
        reference=_reference,
        lower=_lower,
        expand=_expand,
        relax=_spelled(name, inputs),
        pattern=Pattern.OUT_FUSABLE,
        error=Rounding(ulps=24, factor=_factor, magnitude=_magnitude),
        draw=_draw if len(inputs) == 3 else _draw_bias,
    )


CARDS = (
    _card("nn.attention", _INPUTS),
    _card("nn.attention_bias", (*_INPUTS, Input("bias"))),
    OpCard(
        name="nn.attention_var_len",
        inputs=(*_INPUTS, *_LENGTHS),
        params=Attention,
        infer=_infer_var_len,
        reference=_reference_var_len,
        lower=_lower_var_len,
        relax=_spelled("nn.attention_var_len", (*_INPUTS, *_LENGTHS)),
        pattern=Pattern.OUT_FUSABLE,
        error=Rounding(ulps=24, factor=_factor, magnitude=_magnitude_var_len),
        draw=_draw_var_len,
    ),
)
