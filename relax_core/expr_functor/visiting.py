"""The visitor that users subclass (tvm.relax.PyExprVisitor)."""

from __future__ import annotations

from typing import Any

from relax_core.expr_functor.functor import Dispatcher
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    ExternFunc,
    Function,
    If,
    MatchCast,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import Type
from relax_core.types.fields import expressions
from tensor_core.prim import PrimExpr
from tensor_core.spans import Span


class PyExprVisitor(Dispatcher):
    """Visits every expression of a program: operands in order, definitions after the value they are bound to.

    A subclass overrides methods and visits children itself, or through ``super()``. A node that occurs twice is visited
    twice, as in TVM.
    """

    def visit_expr(self, expr: Expr | PrimExpr) -> None:
        """Visit an expression by the method of its kind."""
        self._dispatch(expr)

    def visit_binding(self, binding: Binding) -> None:
        """Visit a binding by the method of its kind."""
        self._binding(binding)

    def visit_binding_block(self, block: BindingBlock) -> None:
        """Visit a block by the method of its kind."""
        self._block(block)

    def visit_var_def(self, var: Var) -> None:
        """Visit the definition of a variable."""
        self._definition(var)

    def visit_span(self, span: Span | None) -> None:
        """Visit the place of a node in a text: nothing unless overridden."""

    # ------------------------------------------------------------ expressions

    def visit_tuple_(self, op: Tuple) -> None:
        """Visit the fields."""
        self.visit_span(op.span)
        for field in op.fields:
            self.visit_expr(field)
        self._type(op.ty)

    def visit_var_(self, op: Any) -> None:
        """Visit a use of a variable: what its type refers to."""
        if isinstance(op, Var):
            self.visit_span(op.span)
            self._type(op.ty)

    def visit_dataflow_var_(self, op: DataflowVar) -> None:
        """As a variable, but not through a method that a subclass has for those."""
        self.visit_span(op.span)
        self._type(op.ty)

    def visit_shape_expr_(self, op: ShapeExpr) -> None:
        """Visit the dimensions where scalars are visited."""
        self._scalars(op.values)
        self.visit_span(op.span)

    def visit_prim_value_(self, op: Any) -> None:
        """Visit the scalar where scalars are visited."""
        self._scalars((op.value,))
        self.visit_span(op.span)

    def visit_function_(self, op: Function) -> None:
        """Visit the parameters' definitions, then the body."""
        self.visit_span(op.span)
        for param in op.params:
            self.visit_var_def(param)
        self.visit_expr(op.body)

    def visit_call_(self, op: Call) -> None:
        """Visit the callee, what the stated types refer to, and the arguments."""
        self.visit_span(op.span)
        self.visit_expr(op.op)
        for type_ in op.ty_args:
            self._type(type_)
        for arg in op.args:
            self.visit_expr(arg)
        self._type(op.ty)

    def visit_seq_expr_(self, op: SeqExpr) -> None:
        """Visit the blocks, then the result."""
        self.visit_span(op.span)
        for block in op.blocks:
            self.visit_binding_block(block)
        self.visit_expr(op.body)
        self._type(op.ty)

    def visit_if_(self, op: If) -> None:
        """Visit the condition and both arms."""
        self.visit_span(op.span)
        self.visit_expr(op.cond)
        self.visit_expr(op.true_branch)
        self.visit_expr(op.false_branch)
        self._type(op.ty)

    def visit_tuple_getitem_(self, op: TupleGetItem) -> None:
        """Visit the tuple."""
        self.visit_span(op.span)
        self.visit_expr(op.tuple_value)
        self._type(op.ty)

    def visit_constant_(self, op: Any) -> None:
        """A leaf."""
        self.visit_span(getattr(op, "span", None))

    def visit_extern_func_(self, op: ExternFunc) -> None:
        """A leaf."""
        self.visit_span(op.span)

    visit_global_var_ = visit_op_ = visit_string_imm_ = visit_data_type_imm_ = visit_constant_
    visit_int_imm_ = visit_float_imm_ = visit_generic_const_ = visit_constant_

    def visit_expr_fallback_(self, op: Any) -> None:
        """Any other kind of expression: scalar operands where scalars are visited."""
        if isinstance(op, PrimExpr):
            self._scalars(tuple(op.iter_children()))

    visit_add_ = visit_sub_ = visit_mul_ = visit_div_ = visit_mod_ = visit_floor_div_ = visit_floor_mod_ = (
        visit_expr_fallback_
    )
    visit_min_ = visit_max_ = visit_eq_ = visit_ne_ = visit_lt_ = visit_le_ = visit_gt_ = visit_ge_ = (
        visit_expr_fallback_
    )
    visit_and_ = visit_or_ = visit_cast_ = visit_not_ = visit_select_ = visit_buffer_load_ = visit_expr_fallback_

    def _scalars(self, values: tuple[Any, ...]) -> None:
        if self.visits_scalars:
            for value in values:
                if isinstance(value, PrimExpr):
                    self.visit_expr(value)

    def _type(self, type_: Type | None) -> None:
        """Visit the expressions that a type refers to."""
        if type_ is not None:
            for expr in expressions(type_):
                self.visit_expr(expr)

    # ------------------------------------------------------------ bindings

    def visit_var_binding_(self, binding: VarBinding) -> None:
        """Visit the value, then the definition."""
        self.visit_expr(binding.value)
        self.visit_var_def(binding.var)

    def visit_match_cast_(self, binding: MatchCast) -> None:
        """Visit the value, what the type refers to, then the definition."""
        self.visit_expr(binding.value)
        self._type(binding.ty)
        self.visit_var_def(binding.var)

    def visit_binding_block_(self, block: BindingBlock) -> None:
        """Visit the bindings in order."""
        for binding in block.bindings:
            self.visit_binding(binding)

    def visit_dataflow_block_(self, block: DataflowBlock) -> None:
        """Visit the bindings in order."""
        for binding in block.bindings:
            self.visit_binding(binding)

    def visit_var_def_(self, var: Var) -> None:
        """Visit the definition of a variable: only its place."""
        self.visit_span(var.span)

    def visit_dataflow_var_def_(self, var: DataflowVar) -> None:
        """As a variable."""
        self.visit_var_def_(var)
