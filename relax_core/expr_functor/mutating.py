"""The mutator that users subclass (tvm.relax.PyExprMutator)."""

from __future__ import annotations

from typing import Any

from relax_core.block_builder import BlockBuilder
from relax_core.expr_functor.functor import Dispatcher, method_name
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    If,
    IRModule,
    MatchCast,
    PrimValue,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import Type
from relax_core.normalizer import function_over
from relax_core.structural import structural_equal
from relax_core.types.deduce import type_of
from relax_core.types.fields import map_expressions
from relax_core.types.relations import is_base_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.prim import PrimExpr


class PyExprMutator(Dispatcher):
    """Rewrites programs: what a method returns is brought to normal form and takes the place of what it was given.

    ``builder_`` is the block builder that bindings are emitted through, also those that methods add. Variables whose
    type changes are replaced by new ones, of which later uses hear through the remapping.
    """

    def __init__(self, mod: IRModule | None = None) -> None:
        self.builder_ = BlockBuilder(mod)
        self._remap: dict[Any, Var] = {}

    def visit_expr(self, expr: Any) -> Any:
        """The new expression in normal form; what it needs is emitted into the current block."""
        return self._normalized(self._dispatch(expr))

    def visit_binding(self, binding: Binding) -> None:
        """Rewrite a binding and emit what takes its place."""
        self._binding(binding)

    def visit_binding_block(self, block: BindingBlock) -> BindingBlock:
        """The rewritten block."""
        return self._block(block)

    def visit_var_def(self, var: Var) -> Var:
        """The variable that is defined instead."""
        return self._definition(var)

    def visit_span(self, span: Any) -> Any:
        """Places are kept; not called unless by a subclass."""
        raise NotImplementedError

    def visit_expr_post_order(self, expr: Any) -> Any:
        """The expression with its parts rewritten, but not itself by the method of its kind."""
        return self._normalized(getattr(PyExprMutator, method_name(expr))(self, expr))

    def set_var_remap(self, old_var: Any, new_var: Var) -> None:
        """Let uses of a variable become uses of another."""
        self._remap[old_var] = new_var

    def get_var_remap(self, var: Any) -> Var:
        """What :meth:`set_var_remap` said; KeyError when it said nothing."""
        return self._remap[var]

    def lookup_binding(self, var: Var) -> Expr | None:
        """What a variable, or the one that replaces it, is bound to; None for parameters."""
        return self.builder_.lookup_binding(self._remap.get(var, var))

    def with_type(self, var: Var, ty: Type) -> Var:
        """The variable with this type: itself when it has it, or has none yet, else a new one."""
        if var.ty is None:
            var.memo("ty", ty)
            return var
        if var.ty is ty or structural_equal(var.ty, ty):
            return var
        return type(var)(var.name, ty, var.span)

    with_struct_info = with_type

    def visit_with_new_scope(self, expr: Expr) -> Any:
        """A body of its own, rewritten; symbolic variables of the scope around it are not known in it."""
        return self._scoped(expr, ())

    # ------------------------------------------------------------ expressions

    def visit_var_(self, op: Any) -> Any:
        """The variable that takes its place, or itself."""
        return self._remap.get(op, op)

    def visit_dataflow_var_(self, op: DataflowVar) -> Any:
        """As a variable, but not through a method that a subclass has for those."""
        return self._remap.get(op, op)

    def visit_tuple_(self, op: Tuple) -> Any:
        """The tuple over its rewritten fields."""
        fields = tuple([self.visit_expr(field) for field in op.fields])
        same = all(a is b for a, b in zip(fields, op.fields, strict=True))
        return op if same else Tuple(fields, op.span)

    def visit_shape_expr_(self, op: ShapeExpr) -> Any:
        """The shape; its dimensions are rewritten where scalars are visited."""
        if not self.visits_scalars:
            return op
        values = tuple([self._scalar(value) for value in op.values])
        return op if all(a is b for a, b in zip(values, op.values, strict=True)) else ShapeExpr(values, op.span)

    def visit_prim_value_(self, op: PrimValue) -> Any:
        """The scalar, rewritten where scalars are visited."""
        value = self._scalar(op.value)
        return op if value is op.value else PrimValue(value, op.span)

    def visit_function_(self, op: Function) -> Any:
        """The function over its rewritten body; the result type is kept where the body still has it."""
        params = [self.visit_var_def(param) for param in op.params]
        same = True
        for old, new in zip(op.params, params, strict=True):
            if new is not old:
                self._remap[old] = new
                same = False
        stated = op.ret_ty if same or op.ret_ty is None else self._type(op.ret_ty)
        body = self._scoped(op.body, tuple(params))
        if same and body is op.body:
            return op
        found = type_of(body)
        keep = stated is not None and found is not None and is_base_of(found, stated)
        return function_over(op.replace(params=tuple(params), body=body, ret_ty=stated if keep else None))

    def visit_call_(self, op: Call) -> Any:
        """The call of the rewritten callee on the rewritten arguments."""
        callee = self.visit_expr(op.op)
        types = tuple([self._type(type_) for type_ in op.ty_args])
        args = tuple([self.visit_expr(arg) for arg in op.args])
        same = callee is op.op and all(a is b for a, b in zip((*args, *types), (*op.args, *op.ty_args), strict=True))
        return op if same and self._keeps(op.ty) else Call(callee, args, op.attrs, types, op.span)

    def visit_seq_expr_(self, op: SeqExpr) -> Any:
        """The sequence of the rewritten blocks; what the result needs is bound at the end."""
        new = [self.visit_binding_block(block) for block in op.blocks]
        same = all(a is b for a, b in zip(new, op.blocks, strict=True))
        blocks = [block for block in new if block.bindings]
        self.builder_.begin_binding_block()
        body = self.visit_expr(op.body)
        last = self.builder_.end_block()
        if last.bindings:
            blocks.append(last)
            same = False
        return op if same and body is op.body and self._keeps(op.ty) else SeqExpr(tuple(blocks), body, op.span)

    def visit_if_(self, op: If) -> Any:
        """The branch over its rewritten parts."""
        cond = self.visit_expr(op.cond)
        then, otherwise = self._inner(op.true_branch), self._inner(op.false_branch)
        same = cond is op.cond and then is op.true_branch and otherwise is op.false_branch
        return op if same and self._keeps(op.ty) else If(cond, then, otherwise, op.span)

    def visit_tuple_getitem_(self, op: TupleGetItem) -> Any:
        """The projection of the rewritten tuple."""
        source = self.visit_expr(op.tuple_value)
        return op if source is op.tuple_value else TupleGetItem(source, op.index, op.span)

    def visit_constant_(self, op: Any) -> Any:
        """A leaf: itself."""
        return op

    visit_extern_func_ = visit_global_var_ = visit_op_ = visit_string_imm_ = visit_data_type_imm_ = visit_constant_
    visit_int_imm_ = visit_float_imm_ = visit_generic_const_ = visit_constant_

    def visit_expr_fallback_(self, op: Any) -> Any:
        """Any other kind of expression: over its rewritten scalar operands where scalars are visited."""
        if not isinstance(op, PrimExpr) or not self.visits_scalars:
            return op
        changes: dict[str, Any] = {}
        for name in op.children:
            old = getattr(op, name)
            if isinstance(old, PrimExpr):
                new = self.visit_expr(old)
                if new is not old:
                    changes[name] = new
        return op.replace(**changes) if changes else op

    visit_add_ = visit_sub_ = visit_mul_ = visit_div_ = visit_mod_ = visit_floor_div_ = visit_floor_mod_ = (
        visit_expr_fallback_
    )
    visit_min_ = visit_max_ = visit_eq_ = visit_ne_ = visit_lt_ = visit_le_ = visit_gt_ = visit_ge_ = (
        visit_expr_fallback_
    )
    visit_and_ = visit_or_ = visit_cast_ = visit_not_ = visit_select_ = visit_buffer_load_ = visit_expr_fallback_

    # ------------------------------------------------------------ bindings

    def visit_var_binding_(self, binding: VarBinding) -> None:
        """Emit the binding over its rewritten value; the variable takes the value's type."""
        value = self.visit_expr(binding.value)
        self.reemit_binding(binding, value)

    def reemit_binding(self, binding: VarBinding, value: Expr) -> None:
        """Emit a binding over another value, which is in normal form. R2R0203 where that value has no type."""
        visited = self.visit_var_def(binding.var)
        if visited is binding.var and value is binding.value:
            self.builder_.emit_normalized(binding)
            return
        found = type_of(value)
        if found is None:
            raise fail(codes.UNRESOLVED_TYPE, f"the value of {binding.var.name} has no type", binding.span)
        var = self.with_type(visited, found)
        self._replace(binding.var, visited, var)
        self.builder_.emit_normalized(binding.replace(var=var, value=value))

    def visit_match_cast_(self, binding: MatchCast) -> None:
        """Emit the cast of the rewritten value."""
        value = self.visit_expr(binding.value)
        type_ = self._type(binding.ty)
        visited = self.visit_var_def(binding.var)
        if visited is not binding.var or value is not binding.value or type_ is not binding.ty:
            value = self.builder_.normalize_argument(value)
            var = self.with_type(visited, type_)
            self._replace(binding.var, visited, var)
            binding = binding.replace(var=var, value=value, ty=type_)
        self.builder_.emit_normalized(binding)

    def _replace(self, old: Var, visited: Var, new: Var) -> None:
        for var in (old, visited, new):
            self._remap[var] = new

    def visit_binding_block_(self, block: BindingBlock) -> BindingBlock:
        """The block of what is emitted for its bindings."""
        return self._rebuilt(block, False)

    def visit_dataflow_block_(self, block: DataflowBlock) -> BindingBlock:
        """The block of what is emitted for its bindings."""
        return self._rebuilt(block, True)

    def _rebuilt(self, block: BindingBlock, dataflow: bool) -> BindingBlock:
        self.builder_.emitter.begin_block(dataflow, block.span)
        for binding in block.bindings:
            self.visit_binding(binding)
        new = self.builder_.end_block()
        same = len(new.bindings) == len(block.bindings) and all(map(_same, new.bindings, block.bindings))
        return block if same else new

    def visit_var_def_(self, var: Var) -> Var:
        """The variable, or where its type changes a new one."""
        if var.ty is None:
            return var
        type_ = self._type(var.ty)
        return var if type_ is var.ty else type(var)(var.name, type_, var.span)

    def visit_dataflow_var_def_(self, var: DataflowVar) -> Var:
        """As a variable; it stays one of its block."""
        new = self.visit_var_def_(var)
        if isinstance(new, DataflowVar):
            return new
        made = DataflowVar(new.name, new.ty, new.span)
        self._remap[new] = made
        return made

    # ------------------------------------------------------------ helpers

    def _normalized(self, value: Any) -> Any:
        return value if isinstance(value, PrimExpr) else self.builder_.normalize(value)

    def _scalar(self, value: Any) -> Any:
        return self.visit_expr(value) if self.visits_scalars and isinstance(value, PrimExpr) else value

    def _type(self, type_: Type) -> Type:
        return map_expressions(type_, self.visit_expr)

    def _keeps(self, type_: Type | None) -> bool:
        """Whether a type refers to nothing that was rewritten."""
        return type_ is None or self._type(type_) is type_

    def _scoped(self, expr: Expr, params: tuple[Var, ...]) -> Expr:
        builder = self.builder_
        builder.begin_scope(params)
        builder.begin_inner_scope()
        result = self.visit_expr(_sequence(expr))
        builder.end_scope()
        result = builder.normalize(result)
        builder.end_scope()
        return result

    def _inner(self, expr: Expr) -> Expr:
        self.builder_.begin_inner_scope()
        result = self.visit_expr(_sequence(expr))
        self.builder_.end_scope()
        return result


def _sequence(expr: Expr) -> SeqExpr:
    return expr if isinstance(expr, SeqExpr) else SeqExpr((), expr)


def _same(a: object, b: object) -> bool:
    return a is b
