"""Lowering calls: of functions, function values and external functions, of cards, of built-ins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relax_core.builtins.table import IDENTITIES, why_not
from relax_core.ir.expr import Call, Expr, ExternFunc, Function, GlobalVar, Op, VarBinding
from relax_core.lowering.cards import lower_card_call
from relax_core.lowering.code import Code
from relax_core.lowering.kernels import call_kernel, call_tir, call_tir_inplace
from relax_core.packed import call_external, key_of, with_results
from relax_core.run_builtins import BUILTINS
from relax_core.run_time import bind_closure, concrete_type
from relax_core.types.builtins import stated_type
from relax_core.types.operands import plan
from tensor_core.module import Declaration
from tensor_core.program import Apply, Invoke, Register


def lower_call(code: Code, call: Call, binding: VarBinding) -> Register:
    """The register with the result of a call."""
    callee = call.op
    if isinstance(callee, Op):
        return _op(code, call, callee, binding)
    if isinstance(callee, GlobalVar):
        function = code.shared.module[callee]
        if not isinstance(function, Function | Declaration):
            return call_kernel(code, call, callee)
        args = tuple([code.leaf(arg) for arg in call.args])
        out = code.fresh()
        code.add(Invoke(out, code.shared.called(callee), args, binding))
        return out
    return _apply(code, callee, [code.leaf(arg) for arg in call.args], binding)


def _op(code: Code, call: Call, callee: Op, binding: VarBinding) -> Register:
    special = _SPECIAL.get(callee.name)
    if special is not None:
        return special(code, call, binding)
    if callee.name in IDENTITIES:
        return code.leaf(call.args[0])
    found = plan(callee, code.shared.release)
    if found is not None:
        return lower_card_call(code, found, call, binding)
    builtin = BUILTINS.get(callee.name)
    if builtin is None:
        raise code.refuse(why_not(callee.name), call.span)
    args = [code.leaf(arg) for arg in call.args]
    return code.host(callee.name, lambda values, _: builtin(call, values), args, binding)


def _apply(code: Code, callee: Expr, args: list[Register], binding: VarBinding) -> Register:
    if isinstance(callee, ExternFunc):
        name = callee.name
        key, pure = key_of(name)
        return code.host(
            name, lambda values, host: call_external(name, values, host), args, binding, key=key, pure=pure
        )
    function = code.leaf(callee)
    out = code.fresh()
    code.add(Apply(out, function, tuple(args), binding))
    return out


def _invoke_closure(code: Code, call: Call, binding: VarBinding) -> Register:
    callee, given = call.args
    return _apply(code, callee, code.items(given), binding)


def _make_closure(code: Code, call: Call, binding: VarBinding) -> Register:
    del binding
    function, given = call.args
    args = [code.leaf(function), *code.items(given)]
    key = ("closure.bind",)
    return code.host("make_closure", lambda values, _: bind_closure(values[0], values[1:]), args, key=key, pure=True)


def _call_packed(code: Code, call: Call, binding: VarBinding) -> Register:
    callee, *given = call.args
    return _apply(code, callee, [code.leaf(arg) for arg in given], binding)


def _call_dps_packed(code: Code, call: Call, binding: VarBinding) -> Register:
    callee, given = call.args
    stated = stated_type(call)
    assert stated is not None
    function = code.leaf(callee)
    args = [function, *code.items(given)]

    def compute(values: tuple[Any, ...], host: Any) -> Any:
        return with_results(values[0].name, values[1:], concrete_type(stated, host.sizes, call.span), host)

    return code.host("call_dps_packed", compute, args, binding)


_SPECIAL: Mapping[str, Callable[[Code, Call, VarBinding], Register]] = {
    "relax.call_builtin_with_ctx": _invoke_closure,
    "relax.call_dps_packed": _call_dps_packed,
    "relax.call_inplace_packed": _call_packed,
    "relax.call_pure_packed": _call_packed,
    "relax.call_tir": call_tir,
    "relax.call_tir_inplace": call_tir_inplace,
    "relax.call_tir_with_grad": call_tir,
    "relax.invoke_closure": _invoke_closure,
    "relax.invoke_pure_closure": _invoke_closure,
    "relax.make_closure": _make_closure,
}
