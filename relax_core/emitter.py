"""Emitting bindings in normal form: the part that the block builder and the normaliser share.

An expression of any shape is brought to A-normal form on emission: what is nested is bound first, left to right, and an
object that occurs twice within one block is bound once (TVM's builder keeps the same table for each block).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    DataflowBlock,
    DataflowVar,
    Expr,
    Function,
    If,
    MatchCast,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import Type
from relax_core.names import NameTable, identifier
from relax_core.types.deduce import deduce, deduce_branch, type_of
from relax_core.types.relations import definable_symbols, forget, is_base_of
from relax_core.visit import LEAVES, is_leaf
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.prim import Var as SymbolicVar
from tensor_core.spans import Span
from tensor_core.trampoline import Steps, run


class Scope:
    """The blocks of one body under construction."""

    __slots__ = ("bindings", "blocks", "dataflow", "memo", "span", "symbols")

    def __init__(self) -> None:
        self.blocks: list[BindingBlock] = []
        self.bindings: list[Binding] = []
        self.dataflow = False
        self.span: Span | None = None
        # What this block has bound already, by identity; the expression is kept so that its id stays its own.
        self.memo: dict[int, tuple[Expr, Expr]] = {}
        self.symbols: set[SymbolicVar] = set()

    def start(self, dataflow: bool) -> None:
        """End the block under construction and start another."""
        if self.bindings:
            kind = DataflowBlock if self.dataflow else BindingBlock
            self.blocks.append(kind(tuple(self.bindings), self.span))
        self.bindings = []
        self.dataflow = dataflow
        self.memo = {}


class Emitter:
    """A stack of scopes into which bindings are emitted."""

    def __init__(self, release: str = "0.27", taken: Iterable[str] | Callable[[], Iterable[str]] = ()) -> None:
        self.release = release
        self.names = NameTable(taken)
        self.scopes: list[Scope] = []
        self.values: dict[Var, Expr] = {}

    @property
    def scope(self) -> Scope:
        """The innermost scope; R2R0205 outside of any function."""
        if not self.scopes:
            raise fail(codes.ILL_FORMED, "nothing can be emitted outside of a function", hint="open a function first")
        return self.scopes[-1]

    def open(self) -> Scope:
        """Start a nested body."""
        scope = Scope()
        self.scopes.append(scope)
        return scope

    def close(self, body: Expr) -> SeqExpr:
        """End the innermost body; its result is ``body``, a leaf."""
        scope = self.scopes.pop()
        scope.start(False)
        result = SeqExpr(tuple(scope.blocks), body)
        type_ = type_of(body)
        # A variable that a match_cast of this body defines has no meaning outside of it.
        if type_ is not None and scope.symbols:
            type_ = forget(type_, lambda dim: scope.symbols.isdisjoint(shapes.free_vars(dim)))
        result.memo("ty", type_)
        return result

    def bind(
        self, value: Expr, hint: str = "", span: Span | None = None, origin: Any = None, output: bool = False
    ) -> Var:
        """Bind a normal expression to a new variable of the current block."""
        var = self.variable(type_of(value), hint, span, output)
        self.scopes[-1].bindings.append(VarBinding(var, value, span, origin))
        self.values[var] = value
        return var

    def variable(self, type_: Type | None, hint: str = "", span: Span | None = None, output: bool = False) -> Var:
        """A new variable for the current block; an ``output`` of a dataflow block is visible outside of it."""
        inner = self.scope.dataflow and not output
        name = self.names.unique(identifier(hint) if hint else "lv" if inner else "gv")
        return (DataflowVar if inner else Var)(name, type_, span)

    def add(self, binding: Binding) -> None:
        """Add a binding whose right-hand side is normal and typed; its variable takes the type when it has none."""
        var = binding.var
        if isinstance(binding, VarBinding):
            found = type_of(binding.value)
            if var.ty is None and found is not None:
                var.memo("ty", found)
            self.values[var] = binding.value
        else:
            assert isinstance(binding, MatchCast)
            if var.ty is None:
                var.memo("ty", binding.ty)
            self.scope.symbols.update(definable_symbols(binding.ty))
            self.values[var] = binding.value
        self.scope.bindings.append(binding)

    def normal(self, expr: Expr) -> Expr:
        """The expression as a right-hand side in normal form, typed; nested parts are bound in the current block."""
        return expr if self._is_normal(expr) else run(self.walk(expr))

    def _is_normal(self, expr: Expr) -> bool:
        """Whether the expression is a leaf or a call of leaves, which then is typed: the common case, kept fast."""
        if type(expr) in LEAVES:
            return True
        if type(expr) is not Call or type(expr.op) not in LEAVES:
            return False
        for arg in expr.args:
            if type(arg) not in LEAVES and not is_leaf(arg):
                return False
        if expr.ty is None:
            expr.memo("ty", deduce(expr, self.release))
        return True

    def argument(self, expr: Expr) -> Expr:
        """The expression as an argument: a leaf or a tuple of leaves."""
        if type(expr) in LEAVES or is_leaf(expr):
            return expr
        return run(self._argument(expr))

    def _argument(self, expr: Expr) -> Steps[Expr]:
        if type(expr) in LEAVES:
            return expr
        known = self.scope.memo.get(id(expr))
        if known is not None:
            return known[1]
        if isinstance(expr, Tuple):
            result = yield self._tuple(expr)
        else:
            value = yield self.walk(expr)
            result = value if is_leaf(value) else self.bind(value, span=getattr(expr, "span", None))
        self.scope.memo[id(expr)] = (expr, result)
        return result

    def _tuple(self, expr: Tuple) -> Steps[Expr]:
        fields: list[Expr] = []
        for item in expr.fields:
            fields.append(item if type(item) in LEAVES else (yield self._argument(item)))
        same = all(a is b for a, b in zip(fields, expr.fields, strict=True))
        result = expr if same else Tuple(tuple(fields), expr.span)
        type_of(result)
        return result

    def walk(self, expr: Expr) -> Steps[Expr]:
        """The walk behind :meth:`normal`, for callers that are walks themselves."""
        match expr:
            case Call():
                return (yield self._call(expr))
            case Tuple():
                return (yield self._tuple(expr))
            case TupleGetItem():
                source = yield self._argument(expr.tuple_value)
                result: Expr = expr if source is expr.tuple_value else TupleGetItem(source, expr.index, expr.span)
                if type_of(result) is None:
                    raise fail(
                        codes.TYPE_MISMATCH, f"field {expr.index} of {type_of(source)} does not exist", expr.span
                    )
                return result
            case If():
                return (yield self._branch(expr))
            case SeqExpr():
                return (yield self._sequence(expr))
            case Function():
                return (yield self.function(expr))
            case _:
                type_of(expr)
                return expr

    def _call(self, expr: Call) -> Steps[Expr]:
        op = expr.op if type(expr.op) in LEAVES else (yield self._argument(expr.op))
        args: list[Expr] = []
        for arg in expr.args:
            args.append(arg if type(arg) in LEAVES else (yield self._argument(arg)))
        if op is not expr.op or any(a is not b for a, b in zip(args, expr.args, strict=True)):
            expr = Call(op, tuple(args), expr.attrs, expr.ty_args, expr.span)
        if expr.ty is None:
            expr.memo("ty", deduce(expr, self.release))
        return expr

    def _branch(self, expr: If) -> Steps[Expr]:
        condition = yield self._argument(expr.cond)
        then = yield self.body(expr.true_branch)
        otherwise = yield self.body(expr.false_branch)
        if condition is not expr.cond or then is not expr.true_branch or otherwise is not expr.false_branch:
            expr = If(condition, then, otherwise, expr.span)
        if expr.ty is None:
            expr.memo("ty", deduce_branch(expr))
        return expr

    def _sequence(self, expr: SeqExpr) -> Steps[Expr]:
        """Emit the blocks of a nested sequence where it stands, and return its result's right-hand side."""
        scope = self.scope
        outer = scope.dataflow
        for block in expr.blocks:
            yield self.block(block, inside=outer)
        if not outer:
            scope.start(False)
        return (yield self.walk(expr.body))

    def block(self, block: BindingBlock, inside: bool = False) -> Steps[None]:
        """Emit the bindings of a block; ``inside`` a dataflow block they join it."""
        scope = self.scope
        if not inside:
            scope.start(isinstance(block, DataflowBlock))
            scope.span = block.span
        for binding in block.bindings:
            value: Any = getattr(binding, "value", None)
            if isinstance(binding, MatchCast):
                new = yield self._argument(value)
            elif isinstance(value, Function):
                new = yield self.local_function(binding.var, value)
            else:
                new = value if self._is_normal(value) else (yield self.walk(value))
            changed: Any = binding
            self.add(binding if new is value else changed.replace(value=new))

    def body(self, expr: Expr) -> Steps[SeqExpr]:
        """A body of its own: of a function or of a branch."""
        self.open()
        blocks = expr.blocks if isinstance(expr, SeqExpr) else ()
        for block in blocks:
            yield self.block(block)
        self.scope.start(False)
        result = yield self._argument(expr.body if isinstance(expr, SeqExpr) else expr)
        new = self.close(result)
        if isinstance(expr, SeqExpr) and result is expr.body and _same_blocks(new.blocks, expr.blocks):
            expr.memo("ty", new.ty)
            return expr
        return new.replace(span=expr.span) if isinstance(expr, SeqExpr) and expr.span else new

    def local_function(self, var: Var, function: Function) -> Steps[Function]:
        """A function bound to ``var``, whose body may call it: the type comes first where the signature states it."""
        signature = type_of(function)
        if var.ty is None and signature is not None:
            var.memo("ty", signature)
        return (yield self.function(function))

    def function(self, function: Function) -> Steps[Function]:
        """A function in normal form with its result type."""
        for param in function.params:
            if param.ty is None:
                raise fail(codes.UNRESOLVED_TYPE, f"parameter {param.name} has no type", param.span, "annotate it")
        body = yield self.body(function.body)
        return finished(function, body)


def finished(function: Function, body: SeqExpr) -> Function:
    """The function over a normal body, with the narrower of the stated and the deduced result type."""
    result = narrower(function.ret_ty, body.ty)
    if body is not function.body or result is not function.ret_ty:
        function = function.replace(body=body, ret_ty=result)
    type_of(function)
    return function


def narrower(stated: Type | None, found: Type | None) -> Type | None:
    """The deduced type where it says more than the stated one, else the stated one."""
    if stated is None or found is None:
        return found if stated is None else stated
    return found if is_base_of(stated, found) and not is_base_of(found, stated) else stated


def _same_blocks(new: tuple[BindingBlock, ...], old: tuple[BindingBlock, ...]) -> bool:
    return len(new) == len(old) and all(
        type(a) is type(b)
        and len(a.bindings) == len(b.bindings)
        and all(x is y for x, y in zip(a.bindings, b.bindings, strict=True))
        for a, b in zip(new, old, strict=True)
    )
