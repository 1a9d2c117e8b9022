"""From Relax to the executable form: bindings become instructions over registers.

Every op call becomes one kernel, made by its card for these parameters and argument types; equal kernels are one
object. A reshape becomes a view, an op that has only a reference runs by it, call_tir runs its own tensor program.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from relax_core.ir.expr import (
    Binding,
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    IRModule,
    MatchCast,
    Op,
    PrimFunc,
    PrimValue,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import PrimType, TupleType, Type
from relax_core.normalize import normalize
from relax_core.ops import call_params
from relax_core.types.builtins import stated_type
from relax_core.types.deduce import type_of
from relax_core.types.plain import plain
from tensor_core import codes, dtypes, prim, shapes
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.loops.from_card import lower_card
from tensor_core.ops.card import OpCard, Reject
from tensor_core.program import (
    Body,
    Choose,
    Instruction,
    Invoke,
    LoadConstant,
    MakeTuple,
    MatchType,
    Program,
    ProgramFunction,
    Register,
    RunKernel,
    RunReference,
    TakeItem,
    View,
)
from tensor_core.spans import Span
from tensor_core.trampoline import Steps, run
from tensor_core.types import TensorType, leaves

_IDENTITIES = frozenset(
    {
        "relax.builtin.stop_lift_params",
        "relax.grad.end_checkpoint",
        "relax.grad.no_grad",
        "relax.grad.start_checkpoint",
        "relax.hint_on_device",
        "relax.to_vdevice",
    }
)
_VIEWS = frozenset({"reshape", "expand_dims", "squeeze", "nn.batch_flatten"})
"""Cards whose result holds the elements of their one argument in the same order."""


def lower(module: IRModule, entry: str = "main", release: str | None = None) -> Program:
    """The program of ``entry`` and of every function it calls.

    ``origin`` of an instruction is the binding it stands for. ``release`` says whose meaning the operators have: by
    default the module's own, else the newest. Errors: R2R0603 no such function; R2R0601 for what has no executable form
    (foreign calls, closures, shapes as values at run time).
    """
    release = release or module.release or "0.27"
    module = normalize(module, release)
    lowering = _Lowering(module, release)
    functions: dict[str, ProgramFunction] = {}
    pending = [module.get_global_var(entry)]
    while pending:
        var = pending.pop()
        if var.name in functions:
            continue
        function = module[var]
        if not isinstance(function, Function):
            raise fail(codes.NO_SUCH_FUNCTION, f"{var.name} is no Relax function", hint="name a Relax function")
        functions[var.name] = _FunctionLowering(lowering, pending).run(var.name, function)
    return Program(functions)


class _Lowering:
    """What all functions share: the module and the kernels made so far."""

    def __init__(self, module: IRModule, release: str) -> None:
        self.module = module
        self.release = release
        self._kernels: dict[Any, PrimFunc | None] = {}

    def kernel(self, card: OpCard[Any], params: Any, types: Sequence[Type]) -> PrimFunc | None:
        """The kernel of a card for these types; None when the card has no lowering."""
        # The text tells 0.0 and -0.0 apart, which are equal; the value tells symbolic variables of one name apart.
        key = (card.name, params, repr(params), tuple(types))
        if key not in self._kernels:
            self._kernels[key] = self._make(card, params, types)
        return self._kernels[key]

    def _make(self, card: OpCard[Any], params: Any, types: Sequence[Type]) -> PrimFunc | None:
        if card.lower is None and card.expand is None:
            return None
        try:
            return lower_card(card, params, types)
        except Reject:
            return None
        except DiagnosticError as error:
            if all(item.code is codes.NO_REFERENCE for item in error.diagnostics):
                return None
            raise


class _FunctionLowering:
    def __init__(self, shared: _Lowering, called: list[GlobalVar]) -> None:
        self._shared = shared
        self._called = called
        self._registers: dict[Var, Register] = {}
        self._constants: dict[Constant, Register] = {}
        self._count = 0
        self._code: list[Instruction] = []
        self._prologue: list[Instruction] = []

    def run(self, name: str, function: Function) -> ProgramFunction:
        for param in function.params:
            self._registers[param] = self._fresh()
        body = run(self._body(function.body))
        # Constants are loaded once, before everything, so that both arms of a branch can use them.
        whole = Body((*self._prologue, *body.code), body.result)
        types = tuple(param.ty for param in function.params if param.ty is not None)
        return ProgramFunction(name, tuple(param.name for param in function.params), self._count, whole, types)

    def _fresh(self) -> Register:
        self._count += 1
        return self._count - 1

    def _body(self, body: Expr) -> Steps[Body]:
        outer, self._code = self._code, []
        if isinstance(body, SeqExpr):
            for block in body.blocks:
                for binding in block.bindings:
                    yield self._binding(binding)
            result = self._leaf(body.body)
        else:
            result = self._leaf(body)
        made, self._code = Body(tuple(self._code), result), outer
        return made

    def _binding(self, binding: Binding) -> Steps[None]:
        if isinstance(binding, MatchCast):
            register = self._leaf(binding.value)
            self._code.append(MatchType(register, binding.ty, binding.var.name, binding))
        else:
            assert isinstance(binding, VarBinding)
            register = yield self._value(binding)
        self._registers[binding.var] = register

    def _value(self, binding: VarBinding) -> Steps[Register]:
        value = binding.value
        match value:
            case If():
                condition = self._leaf(value.cond)
                then = yield self._body(value.true_branch)
                otherwise = yield self._body(value.false_branch)
                out = self._fresh()
                self._code.append(Choose(out, condition, then, otherwise, binding))
                return out
            case Call():
                return self._call(value, binding)
            case Tuple():
                return self._tuple(value, binding)
            case TupleGetItem():
                return self._item(value, binding)
            case Function():
                raise self._refuse(f"local function {binding.var.name} has no executable form", value.span)
            case _:
                return self._leaf(value)

    def _leaf(self, expr: Expr) -> Register:
        match expr:
            case Var():
                found = self._registers.get(expr)
                if found is None:
                    raise fail(codes.ILL_FORMED, f"variable {expr.name} is used before it is defined", expr.span)
                return found
            case Constant():
                if expr not in self._constants:
                    self._constants[expr] = self._fresh()
                    self._prologue.append(LoadConstant(self._constants[expr], expr.data))
                return self._constants[expr]
            case Tuple():
                return self._tuple(expr, None)
            case TupleGetItem():
                return self._item(expr, None)
            case PrimValue(value=prim.IntImm() | prim.FloatImm() as number):
                out = self._fresh()
                self._prologue.append(LoadConstant(out, np.asarray(number.value, dtypes.to_numpy(number.dtype))))
                return out
            case _:
                raise self._refuse(f"a {type(expr).__name__} is no value at run time", getattr(expr, "span", None))

    def _tuple(self, expr: Tuple, binding: VarBinding | None) -> Register:
        items = tuple(self._leaf(item) for item in expr.fields)
        out = self._fresh()
        self._code.append(MakeTuple(out, items, binding))
        return out

    def _item(self, expr: TupleGetItem, binding: VarBinding | None) -> Register:
        source = self._leaf(expr.tuple_value)
        out = self._fresh()
        self._code.append(TakeItem(out, source, expr.index, binding))
        return out

    def _call(self, call: Call, binding: VarBinding) -> Register:
        callee = call.op
        if isinstance(callee, GlobalVar):
            args = tuple(self._leaf(arg) for arg in call.args)
            self._called.append(callee)
            out = self._fresh()
            self._code.append(Invoke(out, callee.name, args, binding))
            return out
        if isinstance(callee, Op):
            if callee.name == "relax.call_tir":
                return self._call_tir(call, binding)
            if callee.name in _IDENTITIES:
                return self._leaf(call.args[0])
            return self._card(call, callee, binding)
        raise self._refuse(f"a call of {getattr(callee, 'name', 'a value')} has no executable form", call.span)

    def _card(self, call: Call, callee: Op, binding: VarBinding) -> Register:
        try:
            found = call_params(call, self._shared.release)
        except Reject as reject:
            raise fail(codes.BAD_PARAMETER, f"{callee.name}: {reject.message}", call.span) from reject
        if found is None:
            raise self._refuse(f"{callee.name} has no executable form", call.span)
        card, params, args = found
        stated = binding.var.ty if call.ty is None else call.ty
        result = None if stated is None else plain(stated)
        types = [plain(self._known(arg)) for arg in args]
        if len(card.inputs) == 2:
            # A scalar stands for a tensor of rank 0.
            types = [TensorType((), item.dtype) if isinstance(item, PrimType) else item for item in types]
        if card.name in _VIEWS and isinstance(result, TensorType) and len(args) == 1:
            out = self._fresh()
            self._code.append(View(out, self._leaf(args[0]), result.shape, binding))
            return out
        kernel = self._shared.kernel(card, params, types) if result is not None and _is_shaped(result) else None
        if kernel is None:
            return self._reference(card, params, args, call, binding)
        return self._run(kernel, self._flat(args), result, binding)

    def _reference(
        self, card: OpCard[Any], params: Any, args: Sequence[Expr], call: Call, binding: VarBinding
    ) -> Register:
        if card.reference is None and card.expand is None:
            raise self._refuse(f"the card of {card.name} has neither a lowering nor a reference", call.span)
        registers = tuple(self._leaf(arg) for arg in args)
        out = self._fresh()
        self._code.append(RunReference(card, params, registers, out, binding))
        return out

    def _call_tir(self, call: Call, binding: VarBinding) -> Register:
        target, *given = call.args
        kernel = self._shared.module[target] if isinstance(target, GlobalVar) else None
        if not isinstance(kernel, PrimFunc):
            raise self._refuse("the callee of call_tir is no tensor program of the module", call.span)
        if kernel.scalars or len(given) != 1:
            raise self._refuse(f"tensor program {kernel.name} takes scalars", call.span)
        return self._run(kernel, self._flat(given), stated_type(call), binding)

    def _run(self, kernel: PrimFunc, args: tuple[Register, ...], result: Type | None, binding: VarBinding) -> Register:
        assert result is not None
        result = plain(result)
        types = tuple(leaf for leaf in leaves(result) if isinstance(leaf, TensorType))
        outs = tuple(self._fresh() for _ in types)
        self._code.append(RunKernel(kernel, args, outs, types, binding))
        if not isinstance(result, TupleType):
            return outs[0]
        return self._nest(result, list(reversed(outs)))

    def _nest(self, type_: Type, outs: list[Register]) -> Register:
        if not isinstance(type_, TupleType):
            return outs.pop()
        items = tuple(self._nest(field, outs) for field in type_.fields)
        out = self._fresh()
        self._code.append(MakeTuple(out, items))
        return out

    def _flat(self, args: Sequence[Expr]) -> tuple[Register, ...]:
        """The registers of the tensors in the arguments, tuples taken apart."""
        flat: list[Register] = []
        for arg in args:
            if isinstance(arg, Tuple):
                flat += self._flat(arg.fields)
                continue
            flat += self._parts(self._leaf(arg), self._known(arg))
        return tuple(flat)

    def _parts(self, register: Register, type_: Type) -> list[Register]:
        if not isinstance(type_, TupleType):
            return [register]
        parts: list[Register] = []
        for index, field in enumerate(type_.fields):
            out = self._fresh()
            self._code.append(TakeItem(out, register, index))
            parts += self._parts(out, field)
        return parts

    def _known(self, expr: Expr) -> Type:
        found = type_of(expr)
        if found is None:
            raise fail(codes.UNRESOLVED_TYPE, "an argument has no type", getattr(expr, "span", None))
        return found

    def _refuse(self, message: str, span: Span | None) -> DiagnosticError:
        return fail(codes.NO_REFERENCE, message, span, "only data operations and calls of functions can be executed")


def _is_shaped(type_: Type) -> bool:
    return all(
        isinstance(leaf, TensorType) and not any(isinstance(dim, shapes.AnyDim) for dim in leaf.shape)
        for leaf in leaves(type_)
    )
