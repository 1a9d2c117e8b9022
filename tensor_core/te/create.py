"""The tensor program of tensor expressions (te.create_prim_func in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tensor_core import prim
from tensor_core.loops.nodes import Combiner
from tensor_core.node import Node, post_order
from tensor_core.prim import PrimExpr, Var
from tensor_core.te.tensor import Operation, Reduction, Tensor, TensorRead, neutral
from tensor_core.tir import stmt as st
from tensor_core.tir.buffer import Buffer, decl_buffer
from tensor_core.tir.expr import BufferLoad, HandleVar, IterVar
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.regions import UNKNOWN, completed
from tensor_core.tir.rewrite import rebuilt, substitute

__all__ = ["create_prim_func"]

_FREE = "layout_free_placeholders"
"""The attribute of an operation that names tensors whose layout may be chosen."""
_JOINED: Mapping[Combiner, type[prim.Binary]] = {
    Combiner.SUM: prim.Add, Combiner.PROD: prim.Mul, Combiner.MAX: prim.Max, Combiner.MIN: prim.Min,
    Combiner.ALL: prim.And, Combiner.ANY: prim.Or,
}  # fmt: skip


def create_prim_func(args: Sequence[Tensor | Var], attrs: Mapping[str, Any] | None = None) -> PrimFunc:
    """The program with these parameters: placeholders and scalars are given, computed tensors among them written.

    Computed tensors that are no parameters get buffers of their own. Without ``attrs`` the program says that its
    buffers do not overlap, as those of TVM 0.19 do.
    """
    names = _Names()
    buffers: dict[Tensor, Buffer] = {}
    params: list[Var] = []
    bound: dict[Var, Buffer] = {}
    for item in args:
        if not isinstance(item, Tensor):
            params.append(item)
            continue
        name = names.fresh(item.name)
        handle = HandleVar(f"var_{name}")
        buffers[item] = bound[handle] = _buffer(item, name)
        params.append(handle)
    order = [op for op in _operations([item for item in args if isinstance(item, Tensor)]) if op.body]
    scratch: list[Buffer] = []
    for op in order:
        for tensor in op.outputs:
            if tensor not in buffers:
                buffers[tensor] = _buffer(tensor, names.fresh(tensor.name))
                scratch.append(buffers[tensor])
    blocks = _Names()
    body = st.seq([_nest(op, buffers, blocks) for op in order] or [st.Evaluate(prim.const(0, "int32"))])
    root = st.Block((), (), (), "root", body, None, tuple(scratch))
    stated = {**_layout_free(args, order), **({"tir.noalias": True} if attrs is None else attrs)}
    written = {key: stated[key] for key in sorted(stated)}
    body = st.BlockRealize((), prim.const(1, "bool"), root)
    return completed(PrimFunc(tuple(params), body, None, bound, written))


def _layout_free(args: Sequence[Tensor | Var], order: Sequence[Operation]) -> dict[str, Any]:
    """The parameters whose layout may be chosen, as the operations say."""
    free = [tensor for op in order for tensor in op.attrs.get(_FREE, ())]
    places = tuple(place for place, item in enumerate(args) if item in free)
    return {"layout_free_buffers": places} if places else {}


class _Names:
    def __init__(self) -> None:
        self._taken: set[str] = set()

    def fresh(self, name: str) -> str:
        result, number = name, 0
        while result in self._taken:
            number += 1
            result = f"{name}_{number}"
        self._taken.add(result)
        return result


def _buffer(tensor: Tensor, name: str) -> Buffer:
    shape = tuple(prim.wrap(dim, getattr(dim, "dtype", "int64")) for dim in tensor.shape)
    return decl_buffer(shape, tensor.dtype, name)


def _operations(roots: Sequence[Tensor]) -> list[Operation]:
    """Everything that the tensors are made from, inputs first. Iterative: depth is no limit."""
    order: list[Operation] = []
    seen: set[Operation] = set()
    stack: list[tuple[Operation, Iterator[Operation]]] = []
    for root in roots:
        stack.append((root.op, _inputs(root.op)))
        while stack:
            op, pending = stack[-1]
            following = next((item for item in pending if item not in seen), None)
            if following is not None:
                stack.append((following, _inputs(following)))
                continue
            stack.pop()
            if op not in seen:
                seen.add(op)
                order.append(op)
    return order


def _inputs(op: Operation) -> Iterator[Operation]:
    roots: list[Node] = list(op.body)
    return iter([item.tensor.op for item in post_order(roots, Node.iter_children) if isinstance(item, TensorRead)])


def _nest(op: Operation, buffers: Mapping[Tensor, Buffer], names: _Names) -> st.Stmt:
    """The loops of one operation around its block."""
    axes = (*op.axis, *op.reduce_axis)
    inner = [item.replace(var=Var(f"v_{item.var.name}", item.var.dtype)) for item in axes]
    values: dict[Var, PrimExpr] = {old.var: new.var for old, new in zip(axes, inner, strict=True)}
    places = tuple(item.var for item in inner[: len(op.axis)])
    stores: list[st.Stmt] = []
    starts: list[st.Stmt] = []
    for tensor, expr in zip(op.outputs, op.body, strict=True):
        target = buffers[tensor]
        value = _value(expr.source if isinstance(expr, Reduction) else expr, buffers, values)
        if isinstance(expr, Reduction):
            starts.append(st.BufferStore(target, neutral(expr), places))
            value = _JOINED[expr.combiner](BufferLoad(target, places), value)
        stores.append(st.BufferStore(target, value, places))
    notes = {key: value for key, value in op.attrs.items() if key != _FREE}
    init = st.seq(starts) if starts else None
    name = names.fresh(op.name)
    block = st.Block(tuple(inner), UNKNOWN, UNKNOWN, name, st.seq(stores), init, annotations=notes or None)
    loops = [Var(item.var.name, item.var.dtype) for item in axes]
    body: st.Stmt = st.BlockRealize(tuple(loops), prim.const(1, "bool"), block)
    for var, item in reversed(list(zip(loops, axes, strict=True))):
        body = _loop(var, item, body)
    return body


def _loop(var: Var, axis: IterVar, body: st.Stmt) -> st.Stmt:
    assert axis.dom is not None
    return st.For(var, axis.dom.min, axis.dom.extent, "serial", body)


def _value(expr: PrimExpr, buffers: Mapping[Tensor, Buffer], values: Mapping[Var, PrimExpr]) -> PrimExpr:
    """An expression over buffers and the variables of a block."""
    root: Node = expr
    made: dict[Any, Any] = {}
    for item in post_order([root], Node.iter_children):
        new = rebuilt(item, lambda part: made.get(part, part))
        made[item] = BufferLoad(buffers[new.tensor], new.indices) if isinstance(new, TensorRead) else new
    return substitute(made[root], values)
