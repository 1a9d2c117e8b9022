"""Which allocations may share storage (StaticPlanBlockMemory): counted in one walk, decided in another.

Storage is planned within one block: a tensor that another block, a branch, a function of Relax or the result uses, has
storage of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relax_core.ir.expr import (
    BindingBlock,
    Call,
    DataTypeImm,
    Expr,
    ExternFunc,
    Function,
    GlobalVar,
    If,
    IRModule,
    MatchCast,
    PrimFunc,
    SeqExpr,
    StringImm,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType
from relax_core.passes.memory_bounds import SizeBounds, bounds_of, largest
from relax_core.passes.memory_tokens import Pool, Token, Tokens, live, token_for
from relax_core.visit import op_name
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.releases import older
from tensor_core.trampoline import Steps

ALLOC = "relax.builtin.alloc_tensor"
_SAME_BUFFER = frozenset({"relax.reshape", "relax.memory.view", "relax.memory.ensure_zero_offset"})
"""Ops whose result may be the argument's memory."""


class _Walk:
    """Visits the bindings of a function in order and knows the storage of values. ``found`` are calls to variables."""

    def __init__(self, release: str) -> None:
        self.of: dict[Var, Tokens] = {}
        self.block: BindingBlock | None = None
        # Since TVM 0.27 the runtime's reshape counts as one, too.
        self._knows_builtin = not older(release, "0.27")

    def shares(self, call: Call) -> bool:
        """Whether the result of a call may be its first argument's memory."""
        builtin = isinstance(call.op, ExternFunc) and call.op.name == "vm.builtin.reshape"
        return op_name(call) in _SAME_BUFFER or (builtin and self._knows_builtin)

    def tokens(self, expr: Expr) -> Tokens:
        """The storage of a flat expression."""
        if isinstance(expr, Var):
            return self.of.get(expr)
        if isinstance(expr, Tuple):
            return [self.tokens(field) for field in expr.fields]
        if isinstance(expr, TupleGetItem):
            whole = self.tokens(expr.tuple_value)
            return whole[expr.index] if isinstance(whole, list) else None
        return None

    def body(self, body: Expr) -> Steps[Tokens]:
        """Visit a body; its result's storage."""
        if not isinstance(body, SeqExpr):
            return self.tokens(body)
        outer = self.block
        for block in body.blocks:
            self.block = block
            for binding in block.bindings:
                if isinstance(binding, MatchCast):
                    self.of[binding.var] = self.tokens(binding.value)
                    continue
                assert isinstance(binding, VarBinding)
                self.of[binding.var] = yield self.value(binding.value)
        self.block = outer
        return self.finished(self.tokens(body.body))

    def value(self, value: Expr) -> Steps[Tokens]:
        """Visit a right-hand side; its storage."""
        if isinstance(value, If):
            arms: list[Tokens] = [self.tokens(value.cond)]
            arms.append((yield self.body(value.true_branch)))
            arms.append((yield self.body(value.false_branch)))
            self.finished(arms)
            return None
        if isinstance(value, Function):
            return self.finished((yield self.body(value.body)))
        return self.call(value) if isinstance(value, Call) else self.tokens(value)

    def finished(self, tokens: Tokens) -> Tokens:
        """What leaves a block."""
        return tokens

    def call(self, call: Call) -> Tokens:
        """Visit a call."""
        raise NotImplementedError


class Counting(_Walk):
    """The first walk: a piece of storage for each allocation, how often it is used, and which are not planned."""

    def __init__(self, module: IRModule, bounds: SizeBounds, release: str) -> None:
        super().__init__(release)
        self._module = module
        self._bounds = bounds
        self.allocations: dict[Call, Token] = {}

    def run(self, function: Function) -> Steps[None]:
        """Visit a function of the module."""
        bounds_of(function, self._bounds)
        self.finished((yield self.body(function.body)))

    def finished(self, tokens: Tokens) -> Tokens:
        """What leaves a block is not planned."""
        for token in live(tokens):
            token.discarded = True
        return tokens

    def call(self, call: Call) -> Tokens:
        """Only tensor programs and external functions are taken not to keep what they are given."""
        name = op_name(call)
        if name == ALLOC:
            return self._allocation(call)
        if self.shares(call):
            return self.tokens(call.args[0])
        if name == "relax.vm.call_tir_dyn" or isinstance(call.op, ExternFunc) or self._is_kernel(call.op):
            for arg in call.args:
                for token in live(self.tokens(arg)):
                    if token.block is not self.block:
                        token.discarded = True
                    else:
                        token.uses += 1
        else:
            self.finished([self.tokens(arg) for arg in call.args])
        return None

    def _is_kernel(self, callee: Expr) -> bool:
        return isinstance(callee, GlobalVar) and isinstance(self._module.functions.get(callee), PrimFunc)

    def _allocation(self, call: Call) -> Token:
        type_, element, scope = call.ty, call.args[1], call.args[3]
        if not isinstance(type_, TensorType) or type_.dims is None or not isinstance(element, DataTypeImm):
            raise fail(codes.BAD_OPTION, "an allocation must know its shape and element type", call.span)
        shape = largest(type_.dims, self._bounds)
        token = token_for(shape, type_.dtype, scope.value if isinstance(scope, StringImm) else "global")
        token.block = self.block
        self.allocations[call] = token
        return token


class Planning(_Walk):
    """The second walk: each allocation gets storage that is free again, or new one."""

    def __init__(self, counted: dict[Call, Token], equal: Callable[..., bool], release: str) -> None:
        super().__init__(release)
        self._counted = counted
        self._pool = Pool(equal)
        self.plan: dict[Call, Token] = {}

    def run(self, function: Function) -> Steps[None]:
        """Visit a function of the module; storage is not shared with others."""
        self._pool.clear()
        yield self.body(function.body)

    def call(self, call: Call) -> Tokens:
        """Give storage to an allocation; release what a call uses for the last time."""
        name = op_name(call)
        if name == ALLOC:
            wanted = self._counted[call]
            if wanted.discarded:
                return None
            found = self.plan[call] = self._pool.take(wanted) or wanted
            return found
        if self.shares(call):
            return self.tokens(call.args[0])
        self._used(call.args)
        return None

    def _used(self, args: Sequence[Expr]) -> None:
        for arg in args:
            for token in live(self.tokens(arg)):
                token.uses -= 1
                if token.uses == 0:
                    self._pool.release(token)
