"""Casts, and clips whose bounds an element type keeps by itself."""

from __future__ import annotations

from typing import Any

from relay_compat.dataflow_pattern import is_op, wildcard
from relay_compat.ir.expr import Call, Expr, Op
from relay_compat.ir.types import TensorType
from relay_compat.op.call import call
from relay_compat.passes.building import tensor_type
from relay_compat.passes.simplifications.rule import NodeMap, Rule, as_call, dtype_of
from tensor_core import dtypes

_KINDS = ("int", "uint", "float", "bfloat")
"""Kinds of numbers by growing range, loosely."""


def _kind(dtype: str) -> int:
    if dtype == "bool":
        return 1
    return next((place for place, kind in enumerate(_KINDS) if dtype.startswith(kind)), len(_KINDS))


def widens(source: str, target: str) -> bool:
    """Whether every value keeps its meaning under a cast, as TVM has it."""
    narrow = dtypes.bits(source) > dtypes.bits(target)
    if _kind(source) == _kind(target):
        return not narrow
    return not narrow and _kind(source) < _kind(target) < _kind("bfloat16")


class SameCast(Rule):
    """A cast to the type that the value has goes."""

    def __init__(self) -> None:
        self._data = wildcard()
        super().__init__(is_op("cast_like")(self._data, wildcard()) | is_op("cast")(self._data))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The value."""
        return node_map[self._data][0] if dtype_of(as_call(pre).args[0]) == dtype_of(pre) else post


class ConsecutiveCast(Rule):
    """Of two casts, the first goes if it widens."""

    def __init__(self) -> None:
        self._data = wildcard()
        self._first = is_op("cast_like")(self._data, wildcard()) | is_op("cast")(self._data)
        super().__init__(is_op("cast_like")(self._first, wildcard()) | is_op("cast")(self._first))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """One cast."""
        del pre
        data, first = node_map[self._data][0], node_map[self._first][0]
        if not widens(dtype_of(data), dtype_of(first)):
            return post
        target = dtype_of(post)
        result = call("cast", data, dtype=target)
        result.memo("checked", TensorType(tensor_type(data).shape, target))
        return result


class ClipAndCasts(Rule):
    """After a clip, casts to types that hold all its values go, but for the last."""

    def __init__(self) -> None:
        self._clip = is_op("clip")(wildcard())
        inner = wildcard()
        pattern = is_op("cast")(inner)
        inner.redirect_to(pattern | self._clip)
        super().__init__(pattern)

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The clip under what is left of the casts."""
        del pre
        clip = as_call(node_map[self._clip][0])
        left: list[Call] = []
        cast: Expr = post
        while cast is not clip:
            if not _contains(dtype_of(cast), clip.attrs):
                left.append(as_call(cast))
            cast = as_call(cast).args[0]
        result: Expr = clip
        for kept in reversed(left):
            result = call("cast", result, **(kept.attrs or {}))
        last = left[0] if left else clip
        return result if dtype_of(last) == dtype_of(post) else call("cast", result, dtype=dtype_of(post))


class Clip(Rule):
    """A clip to the whole range of the element type goes; not behind ``qnn.requantize`` and ``qnn.add``."""

    def __init__(self) -> None:
        self._data = wildcard()
        super().__init__(is_op("clip")(self._data))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The value."""
        clip = as_call(post)
        source = clip.args[0]
        if isinstance(source, Call) and isinstance(source.op, Op) and source.op.name in ("qnn.requantize", "qnn.add"):
            return post
        low, high = _range(dtype_of(pre))
        assert clip.attrs is not None
        whole = clip.attrs.a_max >= high and clip.attrs.a_min <= low
        return node_map[self._data][0] if whole else post


def _contains(dtype: str, clip: Any) -> bool:
    low, high = _range(dtype)
    return clip.a_max <= high and clip.a_min >= low


def _range(dtype: str) -> tuple[float, float]:
    return float(dtypes.lowest(dtype)), float(dtypes.highest(dtype))
