"""Whether an expression matches a pattern, and which parts matched which (dataflow_matcher.cc in TVM 0.19)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relay_compat.dataflow_pattern.attributes import accepts
from relay_compat.dataflow_pattern.dominators import Paths
from relay_compat.dataflow_pattern.graph import IndexedGraph
from relay_compat.dataflow_pattern.patterns import (
    ANY_INDEX,
    AltPattern,
    AttrPattern,
    CallPattern,
    ConstantPattern,
    DataTypePattern,
    DFPattern,
    DominatorPattern,
    ExprPattern,
    FunctionPattern,
    IfPattern,
    LetPattern,
    ShapePattern,
    TupleGetItemPattern,
    TuplePattern,
    TypePattern,
    VarPattern,
    WildcardPattern,
)
from relay_compat.ir.expr import Call, Constant, Expr, Function, If, Let, Op, RelayExpr, Tuple, TupleGetItem, Var
from relay_compat.structural import structural_equal
from relay_compat.types.infer import types_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.trampoline import Steps, run
from tensor_core.types import TensorType, Type

_COMMUTATIVE = ("add", "multiply")


def match(pattern: DFPattern, expr: Expr) -> bool:
    """Whether an expression matches a pattern. Types are inferred where the pattern asks for them."""
    return Matcher(IndexedGraph(expr)).match(pattern, expr)


class Matcher:
    """Matches patterns with the nodes of one graph."""

    def __init__(self, graph: IndexedGraph) -> None:
        self.graph = graph
        self.memo: dict[DFPattern, list[Expr]] = {}
        """What each pattern matched: one expression, or several where it is part of a path."""
        self.memoize = True
        """Whether a pattern that matched before must match the same expression; not along a path."""
        self._matched: list[DFPattern] = []
        self._paths = Paths(self)
        self._types: dict[Expr, Type] = {}

    def match(self, pattern: DFPattern, expr: Expr) -> bool:
        """Match anew."""
        self.memo.clear()
        self._matched.clear()
        return run(self.visit(pattern, expr))

    def visit(self, pattern: DFPattern, expr: Expr) -> Steps[bool]:
        """Whether a part matches, given what matched so far. R2R0205 where a pattern that matched along a path stands
        for one expression elsewhere.
        """
        known = self.memo.get(pattern) if self.memoize else None
        if known is not None:
            if len(known) != 1:
                message = "a pattern that matched along a path cannot stand for one expression elsewhere"
                raise fail(codes.ILL_FORMED, message, hint="use another pattern object there")
            return known[0] is expr
        mark = len(self._matched)
        result = _STEPS[type(pattern)](self, pattern, expr)
        if not isinstance(result, bool):
            result = yield result
        if result:
            self.memo.setdefault(pattern, []).append(expr)
            self._matched.append(pattern)
        else:
            self._forget(mark)
        return result

    def _forget(self, mark: int) -> None:
        for pattern in self._matched[mark:]:
            self.memo.pop(pattern, None)
        del self._matched[mark:]

    def _all(self, patterns: Sequence[DFPattern], exprs: Sequence[Expr]) -> Steps[bool]:
        if len(patterns) != len(exprs):
            return False
        for pattern, expr in zip(patterns, exprs, strict=True):
            if not (yield self.visit(pattern, expr)):
                return False
        return True

    # ------------------------------------------------------------ composite patterns

    def alternative(self, pattern: AltPattern, expr: Expr) -> Steps[bool]:
        """The left pattern, else the right one."""
        return (yield self.visit(pattern.left, expr)) or (yield self.visit(pattern.right, expr))

    def attributes(self, pattern: AttrPattern, expr: Expr) -> Steps[bool]:
        """The inner pattern, then the attributes."""
        return (yield self.visit(pattern.pattern, expr)) and accepts(pattern.attrs, expr)

    def call(self, pattern: CallPattern, expr: Expr) -> Steps[bool]:
        """Callee and arguments, then what is the same by the laws of arithmetic."""
        if not isinstance(expr, Call):
            return False
        mark = len(self._matched)
        if (yield self.visit(pattern.op, expr.op)):
            args = pattern.args
            if args is None:
                return True
            inner = len(self._matched)
            if (yield self._all(args, expr.args)):
                return True
            self._forget(inner)
            return _operator(pattern) in _COMMUTATIVE and (yield self._all(args[::-1], expr.args))
        self._forget(mark)
        for other in _regrouped(pattern, expr):
            if (yield self.visit(other, expr)):
                return True
            self._forget(mark)
        return False

    def dominator(self, pattern: DominatorPattern, expr: Expr) -> Steps[bool]:
        """The child, then every way up from it, then that the parent feeds nothing else."""
        if not (yield self.visit(pattern.child, expr)):
            return False
        reached = yield self._paths.reach(pattern, expr)
        self.memoize = True
        return reached and (yield self._paths.dominates(pattern, expr))

    def function(self, pattern: FunctionPattern, expr: Expr) -> Steps[bool]:
        """Parameters and body."""
        if not isinstance(expr, Function):
            return False
        if pattern.params is not None and not (yield self._all(pattern.params, expr.params)):
            return False
        return (yield self.visit(pattern.body, expr.body))

    def tuple(self, pattern: TuplePattern, expr: Expr) -> Steps[bool]:
        """Fields."""
        if not isinstance(expr, Tuple):
            return False
        return pattern.fields is None or (yield self._all(pattern.fields, expr.fields))

    def item(self, pattern: TupleGetItemPattern, expr: Expr) -> Steps[bool]:
        """The index, then the tuple."""
        if not isinstance(expr, TupleGetItem) or pattern.index not in (ANY_INDEX, expr.index):
            return False
        return (yield self.visit(pattern.tuple_value, expr.tuple_value))

    def if_(self, pattern: IfPattern, expr: Expr) -> Steps[bool]:
        """Condition and branches."""
        if not isinstance(expr, If):
            return False
        patterns = (pattern.cond, pattern.true_branch, pattern.false_branch)
        return (yield self._all(patterns, (expr.cond, expr.true_branch, expr.false_branch)))

    def let(self, pattern: LetPattern, expr: Expr) -> Steps[bool]:
        """Variable, value and body."""
        if not isinstance(expr, Let):
            return False
        return (yield self._all((pattern.var, pattern.value, pattern.body), (expr.var, expr.value, expr.body)))

    # ------------------------------------------------------------ types

    def type(self, pattern: TypePattern, expr: Expr) -> Steps[bool]:
        """The type, then the inner pattern."""
        return structural_equal(pattern.type, self._type(expr)) and (yield self.visit(pattern.pattern, expr))

    def shape(self, pattern: ShapePattern, expr: Expr) -> Steps[bool]:
        """The shape of a tensor, then the inner pattern."""
        type_ = self._type(expr)
        if not isinstance(type_, TensorType) or not structural_equal(tuple(pattern.shape), type_.shape):
            return False
        return (yield self.visit(pattern.pattern, expr))

    def dtype(self, pattern: DataTypePattern, expr: Expr) -> Steps[bool]:
        """The element type of a tensor, then the inner pattern."""
        type_ = self._type(expr)
        if not isinstance(type_, TensorType) or type_.dtype != pattern.dtype:
            return False
        return (yield self.visit(pattern.pattern, expr))

    def _type(self, expr: Expr) -> Type:
        """The type of a node of the graph; it is inferred together with those of all nodes below it."""
        known = expr.checked if isinstance(expr, RelayExpr) else None
        if known is None:
            if expr not in self._types:
                self._types.update(types_of(expr))
            known = self._types[expr]
        return known

    # ------------------------------------------------------------ leaves

    def wildcard(self, pattern: WildcardPattern, expr: Expr) -> bool | Steps[bool]:
        """Anything, or what the pattern was redirected to."""
        return True if pattern.pattern is None else self.visit(pattern.pattern, expr)

    def expr(self, pattern: ExprPattern, expr: Expr) -> bool:
        """Structural equality."""
        if pattern.expr is expr:
            return True
        return type(pattern.expr) is type(expr) and not isinstance(expr, Op) and structural_equal(pattern.expr, expr)

    def var(self, pattern: VarPattern, expr: Expr) -> bool:
        """A variable, of the name if there is one."""
        return isinstance(expr, Var) and pattern.name in ("", expr.name)

    def constant(self, pattern: ConstantPattern, expr: Expr) -> bool:
        """A constant."""
        del pattern
        return isinstance(expr, Constant)


_STEPS: dict[type[DFPattern], Callable[[Matcher, Any, Expr], bool | Steps[bool]]] = {
    AltPattern: Matcher.alternative,
    AttrPattern: Matcher.attributes,
    CallPattern: Matcher.call,
    ConstantPattern: Matcher.constant,
    DataTypePattern: Matcher.dtype,
    DominatorPattern: Matcher.dominator,
    ExprPattern: Matcher.expr,
    FunctionPattern: Matcher.function,
    IfPattern: Matcher.if_,
    LetPattern: Matcher.let,
    ShapePattern: Matcher.shape,
    TupleGetItemPattern: Matcher.item,
    TuplePattern: Matcher.tuple,
    TypePattern: Matcher.type,
    VarPattern: Matcher.var,
    WildcardPattern: Matcher.wildcard,
}


def _operator(pattern: DFPattern) -> str | None:
    """The name of the operator that a call pattern calls."""
    if isinstance(pattern, CallPattern) and isinstance(pattern.op, ExprPattern) and isinstance(pattern.op.expr, Op):
        return pattern.op.expr.name
    return None


def _calls(expr: Expr, name: str) -> bool:
    return isinstance(expr, Call) and isinstance(expr.op, Op) and expr.op.name == name


def _regrouped(pattern: CallPattern, call: Call) -> Sequence[CallPattern]:
    """``a * b / c`` as a product with a quotient, and a product with a quotient as ``a * b / c``."""
    if pattern.args is None or len(pattern.args) != 2:
        return ()
    name, (left, right) = _operator(pattern), pattern.args
    if name == "divide" and _operator(left) == "multiply" and _holds(call, "multiply", "divide"):
        assert isinstance(left, CallPattern)
        one, other = left.args or (left, left)
        return tuple(
            CallPattern(left.op, (kept, CallPattern(pattern.op, (divided, right))))
            for divided, kept in ((one, other), (other, one))
        )
    if name == "multiply" and _holds(call, "divide", "multiply"):
        for arg, kept in ((left, right), (right, left)):
            if _operator(arg) == "divide":
                assert isinstance(arg, CallPattern)
                one, other = arg.args or (arg, arg)
                return (CallPattern(arg.op, (CallPattern(pattern.op, (one, kept)), other)),)
    return ()


def _holds(call: Call, outer: str, inner: str) -> bool:
    return _calls(call, outer) and any(_calls(arg, inner) for arg in call.args)
