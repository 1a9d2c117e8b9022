"""Normal form on emission: what is nested is bound first, left to right; sequences are flattened; everything is typed.

An object that occurs twice as an argument within one block is bound once. Blocks of one kind that follow each other are
joined. As relax::Normalizer in TVM 0.19 to 0.27.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from relax_core.analysis.variables import free_vars
from relax_core.emitter import Emitter
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    If,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.ir.types import TupleType, Type
from relax_core.types.call_form import normal_form
from relax_core.types.deduce import deduce, type_of
from relax_core.types.relations import definable_symbols, forget, is_base_of, least_upper_bound
from relax_core.visit import LEAVES, joined
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.trampoline import Steps, run


class Body:
    """The blocks of one body under construction."""

    __slots__ = ("blocks", "emitter")

    def __init__(self, emitter: Emitter) -> None:
        self.emitter = emitter
        self.blocks: list[BindingBlock] = []
        emitter.begin_block()

    def start(self, dataflow: bool) -> None:
        """End the block under construction and start another."""
        self.end()
        self.emitter.begin_block(dataflow)

    def end(self) -> None:
        """End the block under construction."""
        block = self.emitter.end_block()
        if block.bindings:
            self.blocks.append(block)


class Normalizer(Emitter):
    """An emitter that takes expressions of any shape.

    ``operator_rules``: whether the normal form of single operators (call_tir takes its arguments as a tuple in place)
    is applied, too.
    """

    def __init__(
        self,
        release: str = "0.27",
        taken: Iterable[str] | Callable[[], Iterable[str]] = (),
        operator_rules: bool = True,
    ) -> None:
        super().__init__(release, taken)
        self.bodies: list[Body] = []
        self._operator_rules = operator_rules
        # Sequences that are in normal form, kept so that their ids stay their own: each is walked once.
        self._finished: dict[int, SeqExpr] = {}

    # ------------------------------------------------------------ bodies

    @property
    def body(self) -> Body:
        """The innermost body under construction; R2R0205 outside of any function."""
        if not self.bodies:
            raise fail(codes.ILL_FORMED, "nothing can be emitted outside of a function", hint="open a function first")
        return self.bodies[-1]

    def open(self, params: Sequence[Var] | None = None) -> Body:
        """Start a body: of a function with these parameters, else of a branch."""
        if params is None:
            self.begin_inner_scope()
        else:
            self.begin_scope(params)
        self.bodies.append(Body(self))
        return self.bodies[-1]

    def close(self, result: Expr) -> SeqExpr:
        """End the innermost body; its result is ``result``, a leaf."""
        body = self.bodies.pop()
        body.end()
        made = SeqExpr(joined(flattened(body.blocks)), result)
        made.memo("ty", self.well_defined(type_of(result)))
        self.end_scope()
        return made

    # ------------------------------------------------------------ expressions

    def normal(self, expr: Expr) -> Expr:
        """The expression as a right-hand side in normal form, typed; nested parts are bound in the current block."""
        return expr if self._is_normal(expr) else run(self.walk(expr))

    def argument(self, expr: Expr) -> Expr:
        """The expression as an argument: a leaf or a tuple of leaves."""
        if type(expr) in LEAVES:
            return self._leaf(expr)
        return run(self._argument(expr))

    def _is_normal(self, expr: Expr) -> bool:
        """Whether the expression is a leaf or a call of leaves, which then is typed: the common case, kept fast."""
        if type(expr) is not Call or type(expr.op) not in LEAVES:
            return False
        for arg in expr.args:
            if type(arg) not in LEAVES or type_of(arg) == _VOID:
                return False
        if expr.ty is None:
            expr.memo("ty", deduce(expr, self.release, self.facts))
        return not self._operator_rules or normal_form(expr, self.values) is expr

    def _leaf(self, expr: Expr) -> Expr:
        found = type_of(expr)
        if type(expr) is Var and found == _VOID:
            empty = Tuple(())
            type_of(empty)
            return empty
        return expr

    def _known(self, expr: Expr) -> Expr | None:
        if not self.frames:
            return None
        known = self.frames[-1].memo.get(id(expr))
        return None if known is None else known[1]

    def _argument(self, expr: Expr) -> Steps[Expr]:
        if type(expr) in LEAVES:
            return self._leaf(expr)
        known = self._known(expr)
        if known is not None:
            return known
        if isinstance(expr, Tuple):
            return (yield self._tuple(expr))
        value = yield self._inside(expr)
        if not self.frames:
            raise fail(codes.ILL_FORMED, "nothing can be emitted outside of a function", hint="open a function first")
        result = self.bind(value, span=getattr(expr, "span", None))
        self.frames[-1].memo[id(expr)] = (expr, result)
        return result

    def _tuple(self, expr: Tuple) -> Steps[Expr]:
        fields: list[Expr] = []
        for item in expr.fields:
            fields.append(self._leaf(item) if type(item) in LEAVES else (yield self._argument(item)))
        same = all(a is b for a, b in zip(fields, expr.fields, strict=True))
        result = expr if same else Tuple(tuple(fields), expr.span)
        type_of(result)
        return result

    def walk(self, expr: Expr) -> Steps[Expr]:
        """The walk behind :meth:`normal`, for callers that are walks themselves."""
        known = self._known(expr)
        return known if known is not None else (yield self._inside(expr))

    def _inside(self, expr: Expr) -> Steps[Expr]:
        match expr:
            case Call():
                return (yield self._call(expr))
            case Tuple():
                return (yield self._tuple(expr))
            case TupleGetItem():
                return (yield self._field(expr))
            case If():
                return (yield self._branch(expr))
            case SeqExpr():
                return (yield self.sequence(expr))
            case Function():
                return (yield self.function(expr))
            case _:
                return self._leaf(expr)

    def _call(self, expr: Call) -> Steps[Expr]:
        op = expr.op if type(expr.op) in LEAVES else (yield self._argument(expr.op))
        args: list[Expr] = []
        for arg in expr.args:
            args.append(self._leaf(arg) if type(arg) in LEAVES else (yield self._argument(arg)))
        if op is not expr.op or any(a is not b for a, b in zip(args, expr.args, strict=True)):
            expr = Call(op, tuple(args), expr.attrs, expr.ty_args, expr.span)
        if expr.ty is None:
            expr.memo("ty", deduce(expr, self.release, self.facts))
        if not self._operator_rules:
            return expr
        formed = normal_form(expr, self.values)
        return expr if formed is expr else (yield self.walk(formed))

    def _field(self, expr: TupleGetItem) -> Steps[Expr]:
        source = yield self._argument(expr.tuple_value)
        result = expr if source is expr.tuple_value else TupleGetItem(source, expr.index, expr.span)
        if type_of(result) is None:
            raise fail(codes.TYPE_MISMATCH, f"field {expr.index} of {type_of(source)} does not exist", expr.span)
        return result

    def _branch(self, expr: If) -> Steps[Expr]:
        condition = yield self._argument(expr.cond)
        then = yield self.scoped(expr.true_branch)
        otherwise = yield self.scoped(expr.false_branch)
        if condition is not expr.cond or then is not expr.true_branch or otherwise is not expr.false_branch:
            expr = If(condition, then, otherwise, expr.span)
        if expr.ty is None:
            arms = [self.well_defined(type_of(arm)) for arm in (then, otherwise)]
            if arms[0] is None or arms[1] is None:
                raise fail(codes.UNRESOLVED_TYPE, "an arm of the branch has no type", expr.span)
            expr.memo("ty", least_upper_bound(arms[0], arms[1]))
        return expr

    def sequence(self, expr: SeqExpr) -> Steps[SeqExpr]:
        """Blocks in normal form, and a result that is a leaf; what the result needs is bound in a block at the end."""
        if id(expr) in self._finished:
            return expr
        blocks: list[BindingBlock] = []
        for block in expr.blocks:
            blocks.append((yield self.block(block)))
        self.begin_block(bool(self.frames) and self.frames[-1].dataflow)
        result = yield self._argument(expr.body)
        last = self.end_block()
        if last.bindings:
            blocks.append(last)
        new = joined(flattened(blocks))
        if result is not expr.body or len(new) != len(expr.blocks) or any(map(_differ, new, expr.blocks)):
            expr = SeqExpr(new, result, expr.span)
        if expr.ty is None:
            expr.memo("ty", self.well_defined(type_of(result)))
        self._finished[id(expr)] = expr
        return expr

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """The block in normal form; the same object when it is so already."""
        self.begin_block(isinstance(block, DataflowBlock), block.span)
        same = True
        for binding in block.bindings:
            new = yield self.binding(binding)
            same = same and new is binding
            self.add(new)
        made = self.end_block()
        return block if same and len(made.bindings) == len(block.bindings) else made

    def binding(self, binding: Binding) -> Steps[Binding]:
        """The binding over a normal right-hand side; what that needs is emitted."""
        item: Any = binding
        value: Expr = item.value
        if isinstance(value, Function):
            signature = type_of(value)
            if binding.var.ty is None and signature is not None:
                # The body may call itself: the type comes first where the signature states it.
                binding.var.memo("ty", signature)
        new = value if self._is_normal(value) and self._known(value) is None else (yield self.walk(value))
        return binding if new is value else item.replace(value=new)

    def scoped(self, expr: Expr, params: Sequence[Var] | None = None) -> Steps[SeqExpr]:
        """A body of its own: of a function, or without ``params`` of a branch."""
        if params is None:
            self.begin_inner_scope()
        else:
            self.begin_scope(params)
        if isinstance(expr, SeqExpr):
            result = yield self.sequence(expr)
        else:
            self.begin_block()
            value = yield self._argument(expr)
            last = self.end_block()
            result = SeqExpr(joined(flattened([last] if last.bindings else [])), value)
            result.memo("ty", self.well_defined(type_of(value)))
        self.end_scope()
        return result

    def function(self, function: Function) -> Steps[Function]:
        """A function in normal form with its result type. R2R0203 for a parameter without a type."""
        for param in function.params:
            if param.ty is None:
                raise fail(codes.UNRESOLVED_TYPE, f"parameter {param.name} has no type", param.span, "annotate it")
        body = yield self.scoped(function.body, function.params)
        return finished(function, body)


_VOID = TupleType(())


def _differ(a: object, b: object) -> bool:
    return a is not b


def flattened(blocks: list[BindingBlock]) -> list[BindingBlock]:
    """The blocks without bindings of sequences: what those bind comes before, in the kind of block it has there.

    R2R0205 when bindings outside of a dataflow block would use dataflow variables of the block around them.
    """
    if not any(isinstance(getattr(b, "value", None), SeqExpr) for block in blocks for b in block.bindings):
        return blocks
    result: list[BindingBlock] = []
    for block in blocks:
        current: list[Binding] = []
        for binding in block.bindings:
            item: Any = binding
            if isinstance(item.value, SeqExpr):
                result.append(block.replace(bindings=tuple(current)))
                if isinstance(block, DataflowBlock):
                    _check_inner(item.value.blocks, binding.var)
                result.extend(item.value.blocks)
                current = [item.replace(value=item.value.body)]
            else:
                current.append(binding)
        result.append(block.replace(bindings=tuple(current)))
    return result


def _check_inner(blocks: Sequence[BindingBlock], var: Var) -> None:
    """R2R0205 when a block that is no dataflow block would be cut out of one whose variables it uses."""
    for block in blocks:
        free = [] if isinstance(block, DataflowBlock) else free_vars(SeqExpr((block,), Tuple(())))
        escaping = [item.name for item in free if isinstance(item, DataflowVar)]
        if escaping:
            raise fail(
                codes.ILL_FORMED,
                f"Malformed AST: {var.name} is bound in a dataflow block to a sequence with a block that is none, but"
                f" uses the dataflow variables {', '.join(escaping)}",
                block.span,
            )


def finished(function: Function, body: SeqExpr) -> Function:
    """The function over a normal body: where the body's type says more than the stated result type, it is taken.

    Of the symbolic variables of the body, those that the parameters determine have a meaning for callers.
    """
    result = result_type(function, body)
    if body is not function.body or result is not function.ret_ty:
        function = function.replace(body=body, ret_ty=result)
    type_of(function)
    return function


def function_over(function: Function) -> Function:
    """The function with the result type that its body, which is in normal form, gives it."""
    assert isinstance(function.body, SeqExpr)
    return finished(function, function.body)


def result_type(function: Function, body: SeqExpr) -> Type | None:
    """The result type that a function over this body has."""
    stated, found = function.ret_ty, body.ty
    if found is None or (stated is not None and (not is_base_of(stated, found) or is_base_of(found, stated))):
        return stated
    known = {var for param in function.params if param.ty is not None for var in definable_symbols(param.ty)}
    return forget(found, lambda dim: known.issuperset(shapes.free_vars(dim)))
