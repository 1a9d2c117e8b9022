"""EliminateCommonSubexpr: what is computed twice is computed once (relax.transform of TVM 0.19 to 0.27).

The second binding becomes another name of the first. Values with effects and allocations stay; a branch or local
function keeps what it computes to itself.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar, cast
from zlib import crc32

from relax_core.analysis.purity import contains_impure_call
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    Constant,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    If,
    MatchCast,
    Op,
    PrimValue,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import Type
from relax_core.passes.function_pass import FunctionPass
from relax_core.structural import structural_equal
from relax_core.visit import Mutator
from tensor_core import shapes
from tensor_core.passes import Pass, PassInfo
from tensor_core.trampoline import Steps, run

E = TypeVar("E", bound=Expr)

ALLOCATORS = frozenset(
    {
        "relax.builtin.alloc_tensor",
        "relax.memory.alloc_storage",
        "relax.memory.alloc_tensor",
        "relax.vm.alloc_storage",
        "relax.vm.alloc_tensor",
    }
)
"""Ops that make a new object each time (TAllocator)."""


def EliminateCommonSubexpr(call_only: bool = False) -> Pass:
    """Bind equal values once; with ``call_only`` only calls."""
    return FunctionPass(
        PassInfo(1, "EliminateCommonSubexpr"), lambda function, _, __: eliminate_common_subexpr(function, call_only)
    )


def eliminate_common_subexpr(expr: E, call_only: bool = False) -> E:
    """A function or body in normal form in which equal values are bound once."""
    mutator = _Eliminator(call_only)
    walk = mutator.function(expr) if isinstance(expr, Function) else mutator.scope(expr)
    return run(walk)  # pyright: ignore[reportReturnType]


class _Value:
    """A bound value with the type it is cast to, and the variables that hold it."""

    __slots__ = ("cast", "expr", "holders")

    def __init__(self, expr: Expr, cast: Type | None) -> None:
        self.expr = expr
        self.cast = cast
        self.holders: list[Var] = []


class _Eliminator(Mutator):
    def __init__(self, call_only: bool) -> None:
        super().__init__()
        self._call_only = call_only
        self._values: dict[Hashable, list[_Value]] = {}
        # What to take back at the end of a scope: values held, and variables replaced.
        self._held: list[tuple[_Value, Var]] = []
        self._renamed: list[Var] = []

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Replace what has been bound before by its first holder."""
        changed: Any = binding
        value: Expr = self.leaf(changed.value) if isinstance(binding, MatchCast) else (yield self.value(changed.value))
        if not self._is_candidate(value):
            return (binding if value is changed.value else changed.replace(value=value),)
        known = self._known(value, binding.ty if isinstance(binding, MatchCast) else None)
        self._held.append((known, binding.var))
        known.holders.append(binding.var)
        if len(known.holders) == 1:
            return (binding if value is changed.value else changed.replace(value=value),)
        first = known.holders[0]
        self.replaced[binding.var] = first
        self._renamed.append(binding.var)
        return (VarBinding(binding.var, first, changed.span, changed.origin),)

    def _is_candidate(self, value: Expr) -> bool:
        if isinstance(value, Call):
            if isinstance(value.op, Op) and value.op.name in ALLOCATORS:
                return False
        elif self._call_only:
            return False
        return not contains_impure_call(value)

    def _known(self, value: Expr, cast_to: Type | None) -> _Value:
        bucket = self._values.setdefault(_hash(value), [])
        for known in bucket:
            if _same_cast(known.cast, cast_to) and structural_equal(known.expr, value):
                return known
        known = _Value(value, cast_to)
        bucket.append(known)
        return known

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """Variables of a dataflow block hold nothing outside of it."""
        if not isinstance(block, DataflowBlock):
            return (yield super().block(block))
        held, renamed = len(self._held), len(self._renamed)
        new = yield super().block(block)
        self._let_go(held, DataflowVar)
        self._forget_names(renamed)
        return new

    def value(self, value: Expr) -> Steps[Expr]:
        """The arms of a branch see what was bound before; nothing sees what they bind."""
        if not isinstance(value, If):
            return (yield super().value(value))
        condition = self.leaf(value.cond)
        outer, self.in_dataflow = self.in_dataflow, False
        then = yield self._arm(value.true_branch)
        otherwise = yield self._arm(value.false_branch)
        self.in_dataflow = outer
        if condition is value.cond and then is value.true_branch and otherwise is value.false_branch:
            return value
        new = value.replace(cond=condition, true_branch=then, false_branch=otherwise)
        new.memo("ty", value.ty)
        return new

    def _arm(self, body: Expr) -> Steps[Expr]:
        held, renamed = len(self._held), len(self._renamed)
        new = yield self.scope(body)
        self._let_go(held, Var)
        self._forget_names(renamed)
        return new

    def _let_go(self, mark: int, kind: type[Var]) -> None:
        """Of the variables bound since a mark, the last holders of their values, those of a kind hold nothing."""
        since = self._held[mark:]
        for value, _ in since:
            value.holders.pop()
        self._held[mark:] = [item for item in since if not isinstance(item[1], kind)]
        for value, var in self._held[mark:]:
            value.holders.append(var)

    def _forget_names(self, mark: int) -> None:
        for var in self._renamed[mark:]:
            self.replaced.pop(var, None)
        del self._renamed[mark:]

    def function(self, function: Function) -> Steps[Function]:
        """A local function shares nothing with what is around it."""
        outside = (self._values, self._held, self._renamed, self.replaced)
        self._values, self._held, self._renamed, self.replaced = {}, [], [], {}
        new = yield super().function(function)
        self._values, self._held, self._renamed, self.replaced = outside
        return new


def _same_cast(a: Type | None, b: Type | None) -> bool:
    return a is b or (a is not None and b is not None and structural_equal(cast(Any, a), cast(Any, b)))


def _hash(expr: Expr) -> Hashable:
    """A key that structurally equal values share and few others."""
    match expr:
        case Call():
            return ("call", _hash(expr.op), tuple(map(_hash, expr.args)))
        case Tuple():
            return ("tuple", tuple(map(_hash, expr.fields)))
        case TupleGetItem():
            return ("field", expr.index, _hash(expr.tuple_value))
        case Constant():
            return (expr.data.shape, str(expr.data.dtype), crc32(expr.data.tobytes()))
        case ShapeExpr():
            return ("shape", tuple(map(_dim_hash, expr.values)))
        case PrimValue():
            return ("scalar", expr.value.dtype, _dim_hash(expr.value))
        case Var():
            return id(expr)
        case _:
            return (type(expr), getattr(expr, "name", None) or getattr(expr, "value", None))


def _dim_hash(dim: Any) -> Hashable:
    if isinstance(dim, int):
        return int(dim)
    value = getattr(dim, "value", None)
    return value if isinstance(value, int | float) else tuple(sorted(id(var) for var in shapes.free_vars(dim)))
