"""Whether an expression matches a pattern, and which parts matched which (dataflow_matcher.cc in TVM 0.19 to 0.27).

Relax is in A-normal form, so a variable stands for what it is bound to, where ``values`` knows that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from relax_core.dpl.attributes import accepts
from relax_core.dpl.patterns import (
    ANY_INDEX,
    AndPattern,
    AttrPattern,
    CallPattern,
    ConstantPattern,
    DataflowVarPattern,
    DataTypePattern,
    DFPattern,
    ExprPattern,
    ExternFuncPattern,
    FunctionPattern,
    GlobalVarPattern,
    NotPattern,
    OrPattern,
    PrimArrPattern,
    ShapePattern,
    TupleGetItemPattern,
    TuplePattern,
    TypePattern,
    UnorderedTuplePattern,
    VarPattern,
    WildcardPattern,
)
from relax_core.dpl.type_fit import Equation, consistent, equations
from relax_core.ir.expr import (
    Call,
    Constant,
    DataflowVar,
    Expr,
    ExternFunc,
    Function,
    GlobalVar,
    Op,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.ir.types import TensorType, same_dims
from relax_core.structural import structural_equal
from relax_core.types.leaves import type_of
from tensor_core.shapes import Shape
from tensor_core.trampoline import Steps, run

_COMMUTATIVE = ("relax.add", "relax.multiply")
_REGROUPED = ("relax.divide", "relax.multiply")

Found = bool | Steps[bool]


def unwrap(expr: Expr, values: Mapping[Var, Expr]) -> Expr:
    """What an expression stands for: a variable for what it is bound to, a body without bindings for its result."""
    while True:
        if isinstance(expr, Var):
            bound = values.get(expr)
            if bound is None:
                return expr
            expr = bound
        elif isinstance(expr, SeqExpr) and not expr.blocks:
            expr = expr.body
        else:
            return expr


class Matcher:
    """Matches patterns, following variables to ``values``."""

    def __init__(self, values: Mapping[Var, Expr]) -> None:
        self._values = values
        self._memo: dict[DFPattern, Expr] = {}
        self._matched: list[DFPattern] = []
        self._equations: list[Equation] = []

    def match(self, pattern: DFPattern, expr: Expr) -> dict[DFPattern, Expr] | None:
        """What each pattern that took part matched; None when the expression does not match."""
        self._memo = {}
        self._matched = []
        self._equations = []
        return self._memo if run(self._visit(pattern, expr)) else None

    def _visit(self, pattern: DFPattern, expr: Expr) -> Steps[bool]:
        expr = unwrap(expr, self._values)
        known = self._memo.get(pattern)
        if known is not None:
            return known is expr
        mark, equations_before = len(self._matched), len(self._equations)
        result = _STEPS[type(pattern)](self, pattern, expr)
        if not isinstance(result, bool):
            result = yield result
        if result:
            self._memo[pattern] = expr
            self._matched.append(pattern)
        else:
            self._forget(mark)
            del self._equations[equations_before:]
        return result

    def _forget(self, mark: int) -> None:
        for pattern in self._matched[mark:]:
            self._memo.pop(pattern, None)
        del self._matched[mark:]

    def _all(self, patterns: Sequence[DFPattern], exprs: Sequence[Expr]) -> Steps[bool]:
        for pattern, expr in zip(patterns, exprs, strict=False):
            if not (yield self._visit(pattern, expr)):
                return False
        return True

    # ------------------------------------------------------------ composite patterns

    def alternative(self, pattern: OrPattern, expr: Expr) -> Steps[bool]:
        """The left pattern, else the right one."""
        return (yield self._visit(pattern.left, expr)) or (yield self._visit(pattern.right, expr))

    def both(self, pattern: AndPattern, expr: Expr) -> Steps[bool]:
        """One pattern after the other."""
        return (yield self._visit(pattern.left, expr)) and (yield self._visit(pattern.right, expr))

    def rejected(self, pattern: NotPattern, expr: Expr) -> Steps[bool]:
        """The inner pattern does not match."""
        return not (yield self._visit(pattern.to_reject, expr))

    def attributes(self, pattern: AttrPattern, expr: Expr) -> Steps[bool]:
        """The inner pattern, then the attributes."""
        return (yield self._visit(pattern.pattern, expr)) and accepts(pattern.attrs, expr)

    def call(self, pattern: CallPattern, expr: Expr) -> Found:
        """Callee and arguments, then what is the same by the laws of arithmetic."""
        if not isinstance(expr, Call):
            return False
        # Most calls are of another operator, and that is seen without any steps.
        wanted = _operator(pattern)
        if wanted is not None and wanted not in _REGROUPED and not _calls(expr, wanted):
            return False
        return self._call(pattern, expr)

    def _call(self, pattern: CallPattern, expr: Call) -> Steps[bool]:
        mark = len(self._matched)
        if (yield self._visit(pattern.op, expr.op)):
            args, given = pattern.args, expr.args
            if len(args) > len(given) or (len(args) < len(given) and not pattern.varg_default_wildcard):
                return False
            inner = len(self._matched)
            if (yield self._all(args, given)):
                return True
            self._forget(inner)
            if not isinstance(expr.op, Op) or expr.op.name not in _COMMUTATIVE:
                return False
            if (yield self._all(args, given[::-1])):
                return True
            self._forget(inner)
            return False
        self._forget(mark)
        for other in _regrouped(pattern, expr):
            if (yield self._visit(other, expr)):
                return True
            self._forget(mark)
        return False

    def function(self, pattern: FunctionPattern, expr: Expr) -> Steps[bool]:
        """Parameters and body."""
        if not isinstance(expr, Function) or len(pattern.params) != len(expr.params):
            return False
        return (yield self._all(pattern.params, expr.params)) and (yield self._visit(pattern.body, expr.body))

    def field(self, pattern: TupleGetItemPattern, expr: Expr) -> Found:
        """The index and the tuple."""
        if not isinstance(expr, TupleGetItem) or pattern.index not in (ANY_INDEX, expr.index):
            return False
        return self._visit(pattern.tuple_value, expr.tuple_value)

    def fields(self, pattern: TuplePattern, expr: Expr) -> Found:
        """All fields in order."""
        if not isinstance(expr, Tuple) or len(pattern.fields) != len(expr.fields):
            return False
        return self._all(pattern.fields, expr.fields)

    def unordered(self, pattern: UnorderedTuplePattern, expr: Expr) -> Found:
        """Some assignment of the fields to the patterns."""
        if not isinstance(expr, Tuple) or len(pattern.fields) != len(expr.fields):
            return False
        return self._assign(pattern.fields, expr.fields, 0, set())

    def _assign(self, patterns: Sequence[DFPattern], exprs: Sequence[Expr], place: int, used: set[int]) -> Steps[bool]:
        if place == len(patterns):
            return True
        for index, expr in enumerate(exprs):
            if index in used:
                continue
            mark = len(self._matched)
            if (yield self._visit(patterns[place], expr)):
                used.add(index)
                if (yield self._assign(patterns, exprs, place + 1, used)):
                    return True
                used.discard(index)
            self._forget(mark)
        return False

    # ------------------------------------------------------------ types

    def typed(self, pattern: TypePattern, expr: Expr) -> Steps[bool]:
        """The inner pattern, then that the type fits together with the types that fitted before."""
        if not (yield self._visit(pattern.pattern, expr)):
            return False
        type_ = type_of(expr)
        more = None if type_ is None else equations(pattern.ty, type_)
        if more is None:
            return False
        self._equations.extend(more)
        return not more or consistent(self._equations)

    def shaped(self, pattern: ShapePattern, expr: Expr) -> Found:
        """A tensor of a provably equal shape."""
        type_ = type_of(expr)
        if not isinstance(type_, TensorType) or not same_dims(_shape(pattern.shape), type_.dims):
            return False
        return self._visit(pattern.pattern, expr)

    def element(self, pattern: DataTypePattern, expr: Expr) -> Found:
        """A tensor of the element type."""
        type_ = type_of(expr)
        if not isinstance(type_, TensorType) or type_.dtype != pattern.dtype:
            return False
        return self._visit(pattern.pattern, expr)


def _operator(pattern: DFPattern) -> str | None:
    """The operator that a pattern calls by name."""
    callee = pattern.op if isinstance(pattern, CallPattern) else None
    return callee.expr.name if isinstance(callee, ExprPattern) and isinstance(callee.expr, Op) else None


def _calls(expr: Expr, name: str) -> bool:
    return isinstance(expr, Call) and isinstance(expr.op, Op) and expr.op.name == name


def _regrouped(pattern: CallPattern, expr: Call) -> Iterator[CallPattern]:
    """Equal patterns for an expression with product and quotient the other way round."""
    outer = _operator(pattern)
    if outer == "relax.divide" and _calls(expr, "relax.multiply"):
        product = pattern.args[0]
        if isinstance(product, CallPattern) and _operator(product) == "relax.multiply" and _any(expr, "relax.divide"):
            for place in (0, 1):
                quotient = _made(pattern.op, product.args[place], pattern.args[1])
                yield _made(product.op, product.args[1 - place], quotient)
    elif outer == "relax.multiply" and _calls(expr, "relax.divide"):
        for place in (0, 1):
            quotient = pattern.args[place]
            if isinstance(quotient, CallPattern) and _operator(quotient) == "relax.divide" and _any(expr, outer):
                product = _made(pattern.op, quotient.args[0], pattern.args[1 - place])
                yield _made(quotient.op, product, quotient.args[1])
                return


def _any(expr: Call, name: str) -> bool:
    return any(_calls(arg, name) for arg in expr.args)


def _made(op: DFPattern, *args: DFPattern) -> CallPattern:
    return CallPattern(op, args, add_constraint=False)


# ---------------------------------------------------------------- leaves


def _shape(dims: Sequence[Any]) -> Shape:
    return tuple(dims)


def _expression(_: Matcher, pattern: ExprPattern, expr: Expr) -> bool:
    wanted = pattern.expr
    if isinstance(wanted, Op):
        return isinstance(expr, Op) and expr.name == wanted.name
    return wanted is expr or structural_equal(wanted, expr)


def _variable(_: Matcher, pattern: VarPattern, expr: Expr) -> bool:
    return isinstance(expr, Var) and pattern.name in ("", expr.name)


def _dataflow_variable(_: Matcher, pattern: DataflowVarPattern, expr: Expr) -> bool:
    return isinstance(expr, DataflowVar) and pattern.name in ("", expr.name)


def _global_variable(_: Matcher, pattern: GlobalVarPattern, expr: Expr) -> bool:
    return isinstance(expr, GlobalVar) and pattern.name in expr.name


def _external(_: Matcher, pattern: ExternFuncPattern, expr: Expr) -> bool:
    return isinstance(expr, ExternFunc) and pattern.global_symbol in ("", expr.name)


def _constant(_: Matcher, __: ConstantPattern, expr: Expr) -> bool:
    return isinstance(expr, Constant)


def _dimensions(_: Matcher, pattern: PrimArrPattern, expr: Expr) -> bool:
    return isinstance(expr, ShapeExpr) and same_dims(_shape(pattern.fields), expr.values)


def _anything(_: Matcher, __: WildcardPattern, ___: Expr) -> bool:
    return True


_STEPS: dict[type, Callable[[Matcher, Any, Expr], Found]] = {
    AndPattern: Matcher.both,
    AttrPattern: Matcher.attributes,
    CallPattern: Matcher.call,
    ConstantPattern: _constant,
    DataTypePattern: Matcher.element,
    DataflowVarPattern: _dataflow_variable,
    ExprPattern: _expression,
    ExternFuncPattern: _external,
    FunctionPattern: Matcher.function,
    GlobalVarPattern: _global_variable,
    NotPattern: Matcher.rejected,
    OrPattern: Matcher.alternative,
    PrimArrPattern: _dimensions,
    ShapePattern: Matcher.shaped,
    TupleGetItemPattern: Matcher.field,
    TuplePattern: Matcher.fields,
    TypePattern: Matcher.typed,
    UnorderedTuplePattern: Matcher.unordered,
    VarPattern: _variable,
    WildcardPattern: _anything,
}
