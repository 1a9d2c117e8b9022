"""Lowering one function, global or local: its bindings become instructions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from relax_core.ir.expr import Binding, Call, Expr, Function, If, MatchCast, SeqExpr, Var, VarBinding
from relax_core.ir.types import Type
from relax_core.lowering.calls import lower_call
from relax_core.lowering.captures import captures
from relax_core.lowering.code import Code
from relax_core.lowering.shared import Shared
from relax_core.run_time import match
from relax_core.types.deduce import type_of
from relax_core.types.relations import is_base_of
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.program import Body, Choose, MakeClosure, MatchType, ProgramFunction, Register
from tensor_core.trampoline import Steps


def lower_function(shared: Shared, name: str, function: Function, captured: Sequence[Var] = ()) -> Steps[None]:
    """Add a function to the program. ``captured``: the variables of functions around it, which come first."""
    lowering = _FunctionLowering(shared, name, function)
    shared.functions[name] = yield lowering.run(captured)


class _FunctionLowering:
    def __init__(self, shared: Shared, name: str, function: Function) -> None:
        self._name = name
        self._function = function
        self._code = Code(shared)

    def run(self, captured: Sequence[Var]) -> Steps[ProgramFunction]:
        code, function = self._code, self._function
        for var in (*captured, *function.params):
            code.registers[var] = code.fresh()
        body = yield self._body(function.body, self._checked_result())
        # Constants are loaded once, before everything, so that both arms of a branch can use them.
        whole = Body((*code.prologue, *body.code), body.result)
        types = tuple([self._annotation(param) for param in function.params])
        names = tuple([param.name for param in function.params])
        return ProgramFunction(
            self._name, names, code.count, whole, types, len(captured), partial(match, span=function.span)
        )

    def _annotation(self, param: Var) -> Type:
        if param.ty is None:
            raise fail(codes.UNRESOLVED_TYPE, f"parameter {param.name} has no type", param.span, "annotate it")
        return param.ty

    def _checked_result(self) -> Type | None:
        """The annotated result type, when the body's type does not prove it."""
        stated, found = self._function.ret_ty, type_of(self._function.body)
        return None if stated is None or found is None or is_base_of(stated, found) else stated

    def _body(self, body: Expr, check: Type | None = None) -> Steps[Body]:
        code = self._code
        outer, code.instructions = code.instructions, []
        if isinstance(body, SeqExpr):
            for block in body.blocks:
                for binding in block.bindings:
                    yield self._binding(binding)
            body = body.body
        result = code.leaf(body)
        if check is not None:
            code.add(MatchType(result, check, f"return value of {self._name}", match=match))
        made, code.instructions = Body(tuple(code.instructions), result), outer
        return made

    def _binding(self, binding: Binding) -> Steps[None]:
        code = self._code
        if isinstance(binding, MatchCast):
            register = code.leaf(binding.value)
            fits = partial(match, span=binding.span)
            code.add(MatchType(register, binding.ty, f"match_cast {binding.var.name}", binding, fits))
        else:
            assert isinstance(binding, VarBinding)
            register = yield self._value(binding)
        code.registers[binding.var] = register

    def _value(self, binding: VarBinding) -> Steps[Register]:
        value = binding.value
        if isinstance(value, If):
            condition = self._code.leaf(value.cond)
            then = yield self._body(value.true_branch)
            otherwise = yield self._body(value.false_branch)
            out = self._code.fresh()
            self._code.add(Choose(out, condition, then, otherwise, binding))
            return out
        if isinstance(value, Function):
            return (yield self._closure(binding.var, value))
        if isinstance(value, Call):
            return lower_call(self._code, value, binding)
        return self._code.leaf(value, binding)

    def _closure(self, var: Var, function: Function) -> Steps[Register]:
        code, out = self._code, self._code.fresh()
        code.registers[var] = out
        captured = [item for item in captures(function) if item in code.registers]
        name = code.shared.names.unique(f"{self._name}.{var.name}")
        yield lower_function(code.shared, name, function, captured)
        code.add(MakeClosure(out, name, tuple([code.registers[item] for item in captured])))
        return out
