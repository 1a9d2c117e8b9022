"""What the functions of one conversion back share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relax_core.ir.types as relax_types
import relay_compat.ir.expr as relay
from migrate.backward.types import revert_type
from migrate.forward.attributes import PRIVATE, RELAX_NAMES
from migrate.report.model import Report
from relax_core.types.leaves import type_of
from relay_compat.ir.types import FuncType
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, GlobalVar, IRModule
from tensor_core.node import Node, post_order
from tensor_core.spans import Span
from tensor_core.types import Type

_RELAY_NAMES = {new: old for old, new in RELAX_NAMES.items()}


@dataclass
class Shared:
    """``source`` is in normal form; ``functions``: Relay's names of what can be called; ``objects``: the types of
    variables that are any object in Relax; ``named``: of the local functions under construction, whether they name
    themselves.
    """

    source: IRModule
    release: str
    report: Report
    functions: dict[GlobalVar, relay.GlobalVar]
    objects: Mapping[relax.Var, Type]
    fields: dict[tuple[Expr, int], relay.TupleGetItem] = field(
        default_factory=dict[tuple[Expr, int], relay.TupleGetItem]
    )
    named: dict[Expr, bool] = field(default_factory=dict[Expr, bool])

    def function(self, name: GlobalVar, span: Span | None) -> relay.GlobalVar:
        """The Relay name of a function; R2R0404 for one that is not converted."""
        found = self.functions.get(name)
        if found is None:
            message = f"@{name.name} is not converted, so it cannot be called"
            raise fail(codes.REVERT_UNSUPPORTED, message, span, "see what the report says of it")
        return found

    def constants(self, name: GlobalVar) -> Mapping[int, np.ndarray]:
        """The arrays of parameters that were constants before: those after ``num_input``, where the module has them."""
        function = self.source[name]
        assert isinstance(function, relax.Function)
        count = (function.attrs or {}).get("num_input")
        if count is None:
            return {}
        known = self.source.params
        places = range(int(count), len(function.params))
        found = {place: known[var.name] for place in places if (var := function.params[place]).name in known}
        return found if len(found) == len(places) else {}

    def kept(self, name: GlobalVar) -> frozenset[int] | None:
        """The places of the arguments that calls of a function keep; None for all."""
        function = self.source[name]
        if not isinstance(function, relax.Function):
            return None
        dropped = self.constants(name)
        return frozenset(range(len(function.params))) - frozenset(dropped) if dropped else None

    def attrs_of(self, function: relax.Function, is_global: bool = False) -> dict[str, Any]:
        """The attributes of the Relay function."""
        attrs = {_RELAY_NAMES.get(key, key): value for key, value in (function.attrs or {}).items()}
        attrs.pop("num_input", None)
        if "Compiler" not in attrs and attrs.pop("global_symbol", None) is None and is_global:
            attrs[PRIVATE] = 1
        return attrs

    def param_type(self, function: relax.Function, param: relax.Var) -> Type | None:
        """The annotation of a parameter; that of a function value follows from how it is called."""
        found = self.objects.get(param)
        if found is not None:
            return found
        if isinstance(param.ty, relax_types.ObjectType):
            return _as_called(function, param)
        return revert_type(param.ty, param.span)


def _as_called(function: relax.Function, param: relax.Var) -> Type | None:
    nodes = post_order((function,), Node.iter_children)
    # What a function value gives may be known only by the cast that follows.
    casts = {node.value: node.ty for node in nodes if isinstance(node, relax.MatchCast)}
    for node in nodes:
        call = node.value if isinstance(node, relax.VarBinding) else None
        if not isinstance(call, relax.Call) or not isinstance(call.op, relax.Op) or call.op.name not in INVOCATIONS:
            continue
        callee, args = call.args
        if callee is param and isinstance(args, relax.Tuple) and len(call.ty_args) == 1:
            assert isinstance(node, relax.VarBinding)
            taken = tuple(revert_type(type_of(arg), call.span) for arg in args.fields)
            return FuncType(taken, revert_type(casts.get(node.var, call.ty_args[0]), call.span))
    raise fail(
        codes.REVERT_UNSUPPORTED,
        f"parameter {param.name} is an object of unknown kind",
        param.span,
        "Relay wants its type: annotate it as a tensor, tuple or function",
    )


INVOCATIONS = frozenset({"relax.invoke_closure", "relax.invoke_pure_closure"})
"""Calls of function values."""
