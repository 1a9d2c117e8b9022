"""Who uses a value, and how: the dataflow graph that fusion works on (IndexedForwardGraph in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.ir.adt import Match
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)
from relay_compat.ir.types import TensorType, TupleType, Type
from tensor_core import post_dominators, shapes
from tensor_core.node import Node
from tensor_core.ops.card import Pattern
from tensor_core.types import leaves, same_type

ELEMENTWISE = Pattern.ELEMENTWISE.value
BROADCAST = Pattern.BROADCAST.value
INJECTIVE = Pattern.INJECTIVE.value
REDUCE = Pattern.REDUCE.value
OUT_FUSABLE = Pattern.OUT_FUSABLE.value
TUPLE = Pattern.TUPLE.value
OPAQUE = Pattern.OPAQUE.value

_SIMPLE = frozenset({"int32", "int64", "float32", "float64", "bool"})
"""Element types of scalars that code generation writes into a kernel."""


GraphNode = post_dominators.GraphNode[Expr]


class ForwardGraph:
    """The values of an expression whose types are inferred, operands before users (``order``)."""

    def __init__(self, root: Expr) -> None:
        self.nodes: dict[Node, GraphNode] = {}
        self.order: list[GraphNode] = []
        self._use(root)
        seen: set[Node] = {root}
        stack: list[tuple[Node, Iterator[Node]]] = [(root, iter(self._enter(root)))]
        while stack:
            node, pending = stack[-1]
            for child in pending:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, iter(self._enter(child))))
                    break
            else:
                stack.pop()
                if isinstance(node, _VALUES):
                    self._add(node)

    def _add(self, expr: Expr) -> None:
        node = self._node(expr)
        node.index = len(self.order)
        self.order.append(node)

    def _node(self, expr: Expr) -> GraphNode:
        found = self.nodes.get(expr)
        if found is None:
            found = self.nodes[expr] = GraphNode(expr)
        return found

    def _use(self, expr: Expr, user: GraphNode | None = None, pattern: int = OPAQUE) -> None:
        node = self._node(expr)
        if user is None:
            node.external = True
        else:
            node.uses.append((user, pattern))

    def _enter(self, node: Node) -> list[Expr]:
        """Record how a node uses its operands; returns them in the order of the walk."""
        match node:
            case Constant():
                simple = node.data.ndim == 0 and node.data.dtype.name in _SIMPLE
                self._node(node).pattern = ELEMENTWISE if simple else OPAQUE
                return []
            case Call():
                return self._call(node)
            case Tuple():
                return self._tuple(node)
            case TupleGetItem():
                self._item(node)
                return [node.tuple_value]
            case Function():
                return self._function(node)
            case _:
                operands = _operands(node)
                for operand in operands:
                    self._use(operand)
                return operands

    def _call(self, call: Call) -> list[Expr]:
        node = self._node(call)
        node.pattern = _pattern_of(call)
        if not isinstance(call.op, Op):
            self._use(call.op, node)
            self._use(call.op)
        for arg in call.args:
            pattern = node.pattern
            if pattern == BROADCAST and _same_shape(call.checked, getattr(arg, "checked", None)):
                pattern = ELEMENTWISE
            self._use(arg, node, pattern)
        return [*([] if isinstance(call.op, Op) else [call.op]), *call.args]

    def _tuple(self, tuple_: Tuple) -> list[Expr]:
        node = self._node(tuple_)
        node.pattern = TUPLE
        for field in tuple_.fields:
            if isinstance(getattr(field, "checked", None), TensorType):
                self._use(field, node, INJECTIVE)
            else:
                self._use(field)
        return list(tuple_.fields)

    def _item(self, item: TupleGetItem) -> None:
        source = getattr(item.tuple_value, "checked", None)
        # A kernel can take tensors and flat tuples of them only.
        if isinstance(source, TupleType) and all(isinstance(field, TensorType) for field in source.fields):
            node = self._node(item)
            node.pattern = INJECTIVE
            self._use(item.tuple_value, node, INJECTIVE)
        else:
            self._use(item.tuple_value)

    def _function(self, function: Function) -> list[Expr]:
        if function.attrs.get("Compiler") is not None:
            return []
        for param in function.params:
            self._use(param)
        self._use(function.body)
        return [*function.params, function.body]


_VALUES = (Call, Constant, If, Let, Match, RefCreate, RefRead, RefWrite, Tuple, TupleGetItem, Var)


def _operands(node: Node) -> list[Expr]:
    if isinstance(node, Let):
        return [node.var, node.value, node.body]
    if isinstance(node, Match):
        return [node.data, *[clause.rhs for clause in node.clauses]]
    return [child for child in node.iter_children() if isinstance(child, Expr)]


def _pattern_of(call: Call) -> int:
    if not isinstance(call.op, Op) or (_is_dynamic(call.checked) and needs_values(call)):
        # What a shape function gives cannot go into another one that needs values.
        return OPAQUE
    pattern = call.op.get_attr("TOpPattern")
    return OPAQUE if pattern is None else int(pattern)


def needs_values(call: Call) -> bool:
    """Whether the result's shape depends on the values of the operator's arguments, not only on their shapes."""
    assert isinstance(call.op, Op)
    if call.op.name == "strided_slice" and call.attrs and call.attrs.begin and call.attrs.end and call.attrs.strides:
        return False
    return any(call.op.get_attr("TShapeDataDependent") or ())


def _is_dynamic(type_: Type | None) -> bool:
    return type_ is not None and any(
        isinstance(leaf, TensorType) and not shapes.is_static(leaf.shape) for leaf in leaves(type_)
    )


def _same_shape(left: Type | None, right: Type | None) -> bool:
    """As structural equality has it: two unknown dimensions are the same."""
    if not isinstance(left, TensorType) or not isinstance(right, TensorType):
        return False
    return same_type(left, TensorType(right.shape, left.dtype))
