"""Passes over quantised operators (tvm.relay.qnn.transform in TVM 0.19)."""

from __future__ import annotations

from typing import Any, cast

from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Expr, Function, Op
from relay_compat.passes.legalize import Legalize as LegalizeBy
from relay_compat.qnn.op.config import UNSET, current_requantize_config
from relay_compat.types.infer import infer_types
from relay_compat.types.relations import attributes
from relay_compat.visit import Rewriter
from tensor_core.attrs import Attrs
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.ops.spelling import relay_params
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo
from tensor_core.types import Type

__all__ = ["CanonicalizeOps", "Legalize"]

_KEY = "FTVMQnnCanonicalize"


def Legalize() -> Pass:
    """Calls become what is registered for their operators as FTVMQnnLegalize; TVM's own are for targets."""
    return LegalizeBy("FTVMQnnLegalize")


def CanonicalizeOps() -> Pass:
    """Quantised operators become plain ones: what is registered as FTVMQnnCanonicalize, else the op card's expansion.

    Calls whose parameters an expansion does not know stay as they are. A requantisation that leaves its rounding or
    type open gets that of the configuration in force.
    """

    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        result = infer_types(module).copy()
        for var, function in result.functions.items():
            if isinstance(function, Function):
                result.functions[var] = _Canonicalizer().rewrite(function)
        return result

    return ModulePass(PassInfo(1, "CanonicalizeOps", ("InferType",)), run)


class _Canonicalizer(Rewriter):
    def leave(self, old: Node, new: Node) -> Node:
        checked = getattr(old, "checked", None)
        if new is not old and checked is not None:
            new.memo("checked", checked)
        if not isinstance(old, Call) or not isinstance(old.op, Op) or not isinstance(new, Call):
            return new
        hook = old.op.get_attr(_KEY)
        if callable(hook):
            types = [getattr(arg, "checked", None) for arg in old.args]
            made: Any = hook(old.attrs, list(new.args), [*types, old.checked])
            return new if made is None else made
        return _expanded(_configured(new, checked)) if hook else new


def _configured(call: Call, checked: Type | None) -> Call:
    assert isinstance(call.op, Op)
    if call.op.name != "qnn.requantize" or call.attrs is None:
        return call
    config = current_requantize_config()
    chosen = {"rounding": config.rounding, "compute_dtype": config.compute_dtype}
    open_ones = {name: value for name, value in chosen.items() if call.attrs[name] == UNSET}
    result = call.replace(attrs=Attrs(call.attrs.type_key, {**call.attrs, **open_ones}))
    result.memo("checked", checked)
    return result


def _expanded(call: Call) -> Expr:
    card = cast(Op, call.op).card
    if card is None or card.expand is None:
        return call
    fragment = RelayFragment(call.span)
    types = tuple(map(fragment.type_of, call.args))
    return card.expand(relay_params(card, attributes(call, card), types), fragment, *call.args)
