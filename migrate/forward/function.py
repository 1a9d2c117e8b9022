"""One Relay function as a Relax function: its scopes become blocks, its nodes bindings in evaluation order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.forward.blocks import escaping
from migrate.forward.call import convert_op_call
from migrate.forward.constant import Constants
from migrate.forward.kernel_results import KernelNormalizer
from migrate.forward.names import legal
from migrate.forward.say import Kernels, Speaker
from migrate.forward.types import convert_type
from migrate.report.model import Report
from relax_core.fragment import field_of
from relax_core.normalizer import finished
from relay_compat.scopes import Bind, Plan, Scope
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, GlobalVar, IRModule
from tensor_core.trampoline import Steps, run


@dataclass
class FunctionConverter:
    """Converts one function of a module; the pieces that functions share are handed in."""

    name: str
    function: relay.Function
    module: IRModule
    kernels: Kernels
    globals: dict[GlobalVar, GlobalVar]
    report: Report
    may_lift: bool
    expand: frozenset[str] = frozenset()
    env: dict[Expr, relax.Expr] = field(default_factory=dict[Expr, relax.Expr])

    def convert(self) -> relax.Function:
        """The Relax function. R2R0403 for a construct that is not converted."""
        source = self.function
        self._emitter = KernelNormalizer(self.report.target)
        params = [self._param(param) for param in source.params]
        self._constants = Constants(self.module, self.may_lift, {param.name for param in params})
        self._speaker = Speaker(self._emitter, self.kernels, self.report.target, self.expand)
        self._plan = Plan(source.body)
        self._escaping = escaping(self._plan)
        body = run(self._body(self._plan.root, params))
        lifted = tuple(self._constants.lifted)
        self.report.lifted.update({var.name: str(var.ty) for var in lifted})
        # Every global function of Relay may be called from outside; in Relax that takes a symbol.
        attrs: dict[str, Any] = {**(source.attrs or {}), "global_symbol": self.name}
        if lifted:
            attrs["num_input"] = len(params)
        result = None if source.ret_type is None else convert_type(source.ret_type, source.span)
        shell = relax.Function((*params, *lifted), body, result, True, attrs, source.span)
        return finished(shell, body)

    def _param(self, param: relay.Var) -> relax.Var:
        name = self._emitter.names.unique(legal(param.name))
        if name != param.name:
            self.report.renamed[param.name] = name
        var = relax.Var(name, convert_type(param.checked_type, param.span), param.span)
        self.env[param] = var
        if param.name in self.module.params and name != param.name:
            self.module.params[name] = self.module.params.pop(param.name)
        return var

    def _body(self, scope: Scope, params: Sequence[relax.Var] | None = None) -> Steps[relax.SeqExpr]:
        """A scope as a body of its own: of the function or of a branch."""
        emitter = self._emitter
        emitter.open(params)
        emitter.body.start(True)
        yield self._steps(scope)
        result = self._value(scope.result)
        if isinstance(result, relax.Tuple):
            result = emitter.bind(result, span=result.span, output=True)
        return emitter.close(result)

    def _steps(self, scope: Scope) -> Steps[None]:
        """Emit a scope's steps where they stand: dataflow blocks, cut at branches."""
        for step in scope.steps:
            match step:
                case Bind():
                    self.env[step.var] = self._value(step.value)
                case relay.If():
                    yield self._branch(step)
                case relay.Let():
                    inner = self._plan.inner[step][0]
                    yield self._steps(inner)
                    self.env[step] = self._value(inner.result)
                case _:
                    self._node(step)

    def _branch(self, node: relay.If) -> Steps[None]:
        emitter = self._emitter
        condition = self._value(node.cond)
        bodies: list[relax.SeqExpr] = []
        for inner in self._plan.inner[node]:
            body: relax.SeqExpr = yield self._body(inner)
            bodies.append(body)
        emitter.body.start(False)
        value = emitter.normal(relax.If(condition, bodies[0], bodies[1], node.span))
        self.env[node] = emitter.bind(value, span=node.span, origin=node)
        emitter.body.start(True)

    def _node(self, node: Expr) -> None:
        emitter, value = self._emitter, self._value
        match node:
            case relay.Call(op=relay.Op()):
                args = [value(argument) for argument in node.args]
                self._bind(node, convert_op_call(node, args, self._speaker, self.report, self.name))
            case relay.Call(op=GlobalVar() as callee_name):
                callee = self.globals.get(callee_name)
                if callee is None:
                    message = f"@{callee_name.name} is not converted, so it cannot be called"
                    raise fail(codes.REFUSED_CONSTRUCT, message, node.span)
                self._bind(node, emitter.normal(relax.Call(callee, tuple(map(value, node.args)), span=node.span)))
            case relay.Tuple():
                self.env[node] = emitter.argument(relax.Tuple(tuple(map(value, node.fields)), node.span))
            case relay.TupleGetItem():
                item = field_of(value(node.tuple_value), node.index)
                if isinstance(item, relax.TupleGetItem):
                    self._bind(node, emitter.normal(item))
                else:
                    self.env[node] = self._outlasting(item) if node in self._escaping else item
            case _:
                raise _refused(node)

    def _value(self, node: Expr) -> relax.Expr:
        """The Relax expression of a node evaluated before, or of a leaf."""
        found = self.env.get(node)
        if found is not None:
            return found
        if isinstance(node, relay.Constant):
            self.env[node] = found = self._constants.convert(node.data)
            return found
        if isinstance(node, relay.Var):
            raise fail(
                codes.REFUSED_CONSTRUCT,
                f"%{node.name} is used before its value is known",
                node.span,
                "recursive lets are not converted",
            )
        raise _refused(node)

    def _bind(self, node: relay.RelayExpr, value: relax.Expr) -> None:
        """Bind a node's value to a variable that knows the node; a tuple of leaves needs none."""
        if isinstance(value, relax.Tuple):
            if node in self._escaping:
                value = relax.Tuple(tuple(map(self._outlasting, value.fields)), value.span)
            self.env[node] = self._emitter.argument(value)
            return
        self.env[node] = self._emitter.bind(value, span=node.span, origin=node, output=node in self._escaping)

    def _outlasting(self, value: relax.Expr) -> relax.Expr:
        """The value under a name that is visible after its dataflow block: a field of an expansion has none yet."""
        if not isinstance(value, relax.DataflowVar):
            return value
        return self._emitter.bind(value, span=value.span, output=True)


def _refused(node: Expr) -> Exception:
    names = {
        "Function": "a closure",
        "Match": "a match on algebraic data",
        "RefCreate": "a mutable reference",
        "RefRead": "a mutable reference",
        "RefWrite": "a mutable reference",
        "Constructor": "algebraic data",
        "Call": "a call of a computed function",
    }
    what = names.get(type(node).__name__, type(node).__name__)
    return fail(
        codes.REFUSED_CONSTRUCT,
        f"{what} is not converted",
        getattr(node, "span", None),
        "this function is left out of the result; simplify it with Relay passes first (Inline, PartialEvaluate)",
    )
