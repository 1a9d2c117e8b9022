"""FoldConstant: evaluate calls whose arguments are known (relay.transform.FoldConstant in TVM 0.19).

What it folds, as observed there: calls of operators with at least one argument, all of them constants or tuples of
constants (looked at through ``on_device``); projections of tuple literals; an ``if`` on a constant; a let whose value
becomes a constant. What it leaves: calls of functions, operators that are stateful or compute nothing themselves,
``qnn`` operators unless asked for, and everything inside a function marked Primitive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar, cast

import numpy as np

from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RelayExpr,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.operators import OperatorRunner
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter, reachable
from tensor_core import dtypes, shapes
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.spans import Span
from tensor_core.types import TensorType, TupleType, tensor_type_of

E = TypeVar("E", bound=Expr)

_SHAPE_OF = ("shape_of", "vm.shape_of")
_SIZE_OF = "ndarray_size"

NEVER = frozenset({"device_copy", "on_device"})
"""Operators that stay, whatever their arguments are."""


def FoldConstant(fold_qnn: bool = False) -> Pass:
    """The pass. ``fold_qnn`` also folds operators of the qnn dialect whose cards have a reference."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        return folded(function, fold_qnn)

    return FunctionPass(PassInfo(2, "FoldConstant"), run)


def FoldConstantExpr(expr: E, mod: IRModule, fold_qnn: bool = False) -> E:
    """An expression of the module with what is known evaluated."""
    del mod
    return folded(expr, fold_qnn)


def folded(expr: E, fold_qnn: bool = False) -> E:
    """The expression with what is known evaluated. Shapes are known where types are inferred."""
    return _Folder(expr, fold_qnn).rewrite(expr)


class _Folder(Rewriter):
    def __init__(self, root: Expr, fold_qnn: bool) -> None:
        super().__init__()
        self._runner = OperatorRunner()
        self._fold_qnn = fold_qnn
        self._frozen = _inside_primitive_functions(root)

    def order(self, node: Node) -> Iterator[Node]:
        if not isinstance(node, Let):
            yield from node.iter_children()
            return
        yield node.value
        if _is_simple(self.done[node.value]):
            self.done[node.var] = self.done[node.value]
        else:
            yield node.var
        yield node.body

    def leave(self, old: Node, new: Node) -> Node:
        if old in self._frozen:
            return new
        match new:
            case Call(op=Op()) if new.args:
                return self._call(old, new)
            case TupleGetItem():
                return _item(new)
            case If():
                condition = _ignoring_device(new.cond)
                if isinstance(condition, Constant):
                    return new.true_branch if bool(condition.data) else new.false_branch
                return new
            case _:
                return new

    def _rebuild(self, node: Node) -> Node:
        if isinstance(node, Let) and _is_simple(self.done[node.value]):
            return self.done[node.body]
        return super()._rebuild(node)

    def _call(self, old: Node, call: Call) -> Expr:
        assert isinstance(call.op, Op)
        name, card = call.op.name, call.op.card
        if name in _SHAPE_OF or name == _SIZE_OF:
            return self._shape(old, call)
        if name in NEVER or call.op.get_attr("TOpIsStateful"):
            return call
        if call.op.get_attr("TNonComputational") and not (self._fold_qnn and call.op.get_attr("FTVMQnnCanonicalize")):
            return call
        # A card without semantics, or for an op with effects, cannot be evaluated here.
        if card is None or not card.is_pure or (card.reference is None and card.expand is None):
            return call
        if not all(map(_is_constant, call.args)):
            return call
        plain = call.replace(args=tuple(map(_without_device, call.args)))
        return _quote(self._runner.run(plain, tuple(map(_unquote, plain.args))), call.span)

    def _shape(self, old: Node, call: Call) -> Expr:
        assert isinstance(old, Call)
        source = getattr(old.args[0], "checked", None)
        if not isinstance(source, TensorType) or not shapes.is_static(source.shape):
            return call
        size = shapes.static(source.shape)
        value = np.prod(size, dtype=np.int64) if isinstance(call.op, Op) and call.op.name == _SIZE_OF else size
        dtype = call.attrs["dtype"] if call.attrs else "int32"
        return _quote(np.asarray(value, dtypes.to_numpy(dtype or "int32")), call.span)


def _inside_primitive_functions(root: Expr) -> set[Node]:
    marked = [node for node in reachable(root) if isinstance(node, Function) and (node.attrs or {}).get("Primitive")]
    return set(reachable(*[function.body for function in marked]))


def _item(item: TupleGetItem) -> Expr:
    source = item.tuple_value
    inner = _ignoring_device(source)
    if not isinstance(inner, Tuple):
        return item
    field = inner.fields[item.index]
    # Variables say where they are at their binding, functions in their own attributes.
    if source is inner or isinstance(field, (Var, Function, GlobalVar)):
        return field
    assert isinstance(source, Call)
    return source.replace(args=(field,))


def _is_simple(node: Any) -> bool:
    return isinstance(_ignoring_device(node), Constant)


def _ignoring_device(node: Expr) -> Expr:
    while isinstance(node, Call) and isinstance(node.op, Op) and node.op.name == "on_device":
        node = node.args[0]
    return node


def _without_device(node: Expr) -> Expr:
    node = _ignoring_device(node)
    return node.replace(fields=tuple(map(_without_device, node.fields))) if isinstance(node, Tuple) else node


def _is_constant(node: Expr) -> bool:
    node = _ignoring_device(node)
    return isinstance(node, Constant) or (isinstance(node, Tuple) and all(map(_is_constant, node.fields)))


def _unquote(node: Expr) -> Any:
    if isinstance(node, Constant):
        return node.data
    assert isinstance(node, Tuple)
    return tuple(map(_unquote, node.fields))


def _quote(value: Any, span: Span | None) -> RelayExpr:
    if isinstance(value, tuple):
        fields = tuple(_quote(item, span) for item in cast("tuple[Any, ...]", value))
        result: RelayExpr = Tuple(fields, span=span)
        result.memo("checked", TupleType(tuple(item.checked_type for item in fields)))
    else:
        result = Constant(value, span=span)
        result.memo("checked", tensor_type_of(value))
    return result
