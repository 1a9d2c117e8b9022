"""Dispatch from a node to the method of its kind, at any depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    Constant,
    DataflowBlock,
    DataflowVar,
    DataTypeImm,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    MatchCast,
    Op,
    PrimFunc,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from tensor_core import prim
from tensor_core.prim import PrimExpr
from tensor_core.recursion import on_new_stack

EXPRESSIONS: dict[type, str] = {
    Constant: "visit_constant_",
    Tuple: "visit_tuple_",
    DataflowVar: "visit_dataflow_var_",
    Var: "visit_var_",
    ShapeExpr: "visit_shape_expr_",
    ExternFunc: "visit_extern_func_",
    GlobalVar: "visit_global_var_",
    Function: "visit_function_",
    Call: "visit_call_",
    SeqExpr: "visit_seq_expr_",
    If: "visit_if_",
    Op: "visit_op_",
    TupleGetItem: "visit_tuple_getitem_",
    PrimValue: "visit_prim_value_",
    StringImm: "visit_string_imm_",
    DataTypeImm: "visit_data_type_imm_",
    PrimFunc: "visit_expr_fallback_",
}
"""The method of each kind of expression."""

SCALARS: dict[type, str] = {
    prim.Var: "visit_var_",
    prim.SizeVar: "visit_var_",
    prim.IntImm: "visit_int_imm_",
    prim.FloatImm: "visit_float_imm_",
    prim.Add: "visit_add_",
    prim.Sub: "visit_sub_",
    prim.Mul: "visit_mul_",
    prim.Div: "visit_div_",
    prim.TruncMod: "visit_mod_",
    prim.FloorDiv: "visit_floor_div_",
    prim.FloorMod: "visit_floor_mod_",
    prim.Min: "visit_min_",
    prim.Max: "visit_max_",
    prim.EQ: "visit_eq_",
    prim.NE: "visit_ne_",
    prim.LT: "visit_lt_",
    prim.LE: "visit_le_",
    prim.And: "visit_and_",
    prim.Or: "visit_or_",
    prim.Cast: "visit_cast_",
    prim.Not: "visit_not_",
    prim.Select: "visit_select_",
    prim.Load: "visit_buffer_load_",
    prim.Intrinsic: "visit_expr_fallback_",
}
"""The method of each kind of scalar expression (since TVM 0.26)."""

CALLS_PER_STACK = 40
"""How many nested visits one stack takes; with the methods between them this stays below Python's own limit."""


class Dispatcher:
    """What visitors and mutators share.

    Methods call ``visit_expr`` on children themselves, so the depth of a program is the depth of Python's calls; before
    a stack is full the visit goes on in a new thread. ``visits_scalars`` says whether scalar expressions inside of
    shapes are visited, too, as TVM does since 0.26; ``constant_method`` is the method of constants, which is
    ``visit_generic_const_`` since 0.27.
    """

    visits_scalars: ClassVar[bool] = False
    constant_method: ClassVar[str] = EXPRESSIONS[Constant]
    _depth = 0

    def _dispatch(self, expr: Any) -> Any:
        name = self.constant_method if type(expr) is Constant else method_name(expr)
        method: Callable[[Any], Any] = getattr(self, name)
        self._depth += 1
        try:
            return method(expr) if self._depth % CALLS_PER_STACK else on_new_stack(lambda: method(expr))
        finally:
            self._depth -= 1

    def _binding(self, binding: Binding) -> Any:
        method: Any = getattr(self, "visit_match_cast_" if isinstance(binding, MatchCast) else "visit_var_binding_")
        return method(binding)

    def _block(self, block: BindingBlock) -> Any:
        method: Any = getattr(
            self, "visit_dataflow_block_" if isinstance(block, DataflowBlock) else "visit_binding_block_"
        )
        return method(block)

    def _definition(self, var: Var) -> Any:
        method: Any = getattr(self, "visit_dataflow_var_def_" if isinstance(var, DataflowVar) else "visit_var_def_")
        return method(var)

    def _outer(self) -> Any:
        """The functor itself: in TVM the object behind it."""
        return self


def method_name(expr: Any) -> str:
    """The method of an expression's kind. TypeError for what is no expression."""
    kind = cast("type[Any]", type(expr))
    return EXPRESSIONS.get(kind) or SCALARS.get(kind) or _by_base(expr)


def _by_base(expr: Any) -> str:
    for kind, name in (*EXPRESSIONS.items(), *SCALARS.items()):
        if isinstance(expr, kind):
            return name
    if isinstance(expr, PrimExpr):
        return "visit_expr_fallback_"
    raise TypeError(f"Invalid type: {type(expr)}")


class ExprFunctor(Dispatcher):
    """A function over expressions with one method per kind of node; NotImplementedError where a subclass has none."""

    def visit_expr(self, expr: Any) -> Any:
        """The result for an expression."""
        return self._dispatch(expr)

    def visit_binding(self, binding: Binding) -> Any:
        """The result for a binding. TypeError for what is none."""
        if not isinstance(binding, MatchCast | VarBinding):
            raise TypeError(f"Invalid type: {type(binding)}")
        return self._binding(binding)

    def visit_binding_block(self, block: BindingBlock) -> Any:
        """The result for a block. TypeError for what is none."""
        if not isinstance(block, BindingBlock):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"Invalid type: {type(block)}")
        return self._block(block)

    def visit_var_def(self, var: Var) -> Any:
        """The result for the definition of a variable."""
        return self._definition(var)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("visit_") and name.endswith("_"):
            raise NotImplementedError
        raise AttributeError(name)
