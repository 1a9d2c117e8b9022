"""Reshapes, transposes and changes of layout one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from relay_compat.dataflow_pattern import wildcard
from relay_compat.ir.expr import Call, Expr
from relay_compat.layouts.layout import Layout
from relay_compat.op.call import call
from relay_compat.passes.building import tensor_type
from relay_compat.passes.simplifications.rule import NodeMap, Rule, as_call, either, static_shape

_MOVES = ("transpose", "layout_transform")


class Reshape(Rule):
    """Of two reshapes, the first goes."""

    def __init__(self) -> None:
        self._data = wildcard()
        reshape = either("reshape", "contrib_reverse_reshape")
        super().__init__(reshape(either("reshape", "contrib_reverse_reshape")(self._data)))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """One reshape; both stay where there are no elements, since a zero stands for a dimension of the operand."""
        shape = static_shape(pre)
        return post if shape is None or 0 in shape else call("reshape", node_map[self._data][0], newshape=shape)


class Transpose(Rule):
    """Two transposes become one; one beside a change of layout that adds or removes blocks goes into that."""

    def __init__(self) -> None:
        self._data = wildcard()
        super().__init__(either(*_MOVES)(either(*_MOVES)(self._data)))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """One move; none where a change of layout is undone."""
        data = node_map[self._data][0]
        outer, inner = as_call(post), as_call(as_call(post).args[0])
        layouts = _through_blocks(outer, inner)
        if layouts is not None:
            source, target = layouts
            return data if source == target else call("layout_transform", data, src_layout=source, dst_layout=target)
        rank = tensor_type(pre).rank
        first, second = axes_of(inner, rank), axes_of(outer, rank)
        return call("transpose", data, axes=tuple(first[axis] for axis in second))


class NoTranspose(Rule):
    """A transpose that moves nothing goes."""

    def __init__(self) -> None:
        self._data = wildcard()
        super().__init__(either(*_MOVES)(self._data))

    def callback(self, pre: Expr, post: Expr, node_map: NodeMap) -> Expr:
        """The value."""
        move = as_call(post)
        if _changes_layout(move) and move.attrs is not None and move.attrs.src_layout != move.attrs.dst_layout:
            return post
        rank = tensor_type(pre).rank
        return node_map[self._data][0] if axes_of(move, rank) == list(range(rank)) else post


def axes_of(move: Call, rank: int) -> list[int]:
    """Which axis of its argument each axis of the result of a move is."""
    assert move.attrs is not None
    if _changes_layout(move):
        source, target = Layout(move.attrs.src_layout), Layout(move.attrs.dst_layout)
        return [source.index_of(target[axis]) for axis in range(rank)]
    if move.attrs.axes is None:
        return list(reversed(range(rank)))
    return [int(axis) % rank for axis in move.attrs.axes]


def _through_blocks(outer: Call, inner: Call) -> tuple[str, str] | None:
    """The layouts of one change that does what both moves do; None unless one of them adds or removes blocks."""
    assert outer.attrs is not None
    assert inner.attrs is not None
    if _changes_blocks(outer):
        source, target, other = outer.attrs.src_layout, outer.attrs.dst_layout, inner
        if _changes_blocks(inner):
            source = inner.attrs.src_layout
    elif _changes_blocks(inner):
        source, target, other = inner.attrs.src_layout, inner.attrs.dst_layout, outer
    else:
        return None
    before, after = len(Layout(source)), len(Layout(target))
    if before < after:
        order = axes_of(other, before)
        return _permuted(source, [order.index(axis) for axis in range(before)]), target
    if before > after:
        return source, _permuted(target, axes_of(other, after))
    return (source, target) if _changes_layout(other) else None


def _permuted(layout: str, axes: Sequence[int]) -> str:
    return "".join(layout[axis] for axis in axes)


def _changes_layout(move: Call) -> bool:
    return move.attrs is not None and "src_layout" in move.attrs


def _changes_blocks(move: Call) -> bool:
    return (
        move.attrs is not None
        and _changes_layout(move)
        and len(move.attrs.src_layout) != len(move.attrs.dst_layout)
    )  # fmt: skip
