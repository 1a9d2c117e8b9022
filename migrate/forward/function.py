"""One Relay function as a Relax function: its scopes become blocks, its nodes bindings in evaluation order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.adapters.devices import placed
from migrate.forward.blocks import escaping
from migrate.forward.branches import convert_if, convert_match
from migrate.forward.call import convert_op_call
from migrate.forward.closures import Known, invoke
from migrate.forward.data import Patterns, make
from migrate.forward.dynamic.calls import SizedCalls
from migrate.forward.dynamic.emit import Emission
from migrate.forward.external import cast_to
from migrate.forward.kernel_results import KernelNormalizer
from migrate.forward.large_constants import is_large
from migrate.forward.literals import convert_literal
from migrate.forward.names import legal
from migrate.forward.references import Writes, effect
from migrate.forward.say import Speaker
from migrate.forward.shared import Shared
from migrate.forward.types import convert_type, result_type
from relax_core.analysis.variables import free_vars
from relax_core.fragment import field_of
from relax_core.ir.types import ObjectType, TensorType
from relax_core.normalizer import finished
from relax_core.types.leaves import VOID, type_of
from relay_compat.ir.adt import Constructor, Match
from relay_compat.lowering.captures import Captures
from relay_compat.scopes import Bind, Plan, Scope
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, GlobalVar
from tensor_core.trampoline import Steps

Place = relax.Expr | Known
"""What stands for a Relay node: a value, or a function that is seen where it is called."""


class FunctionConverter:
    """Converts one function: ``name`` is its Relay name, for the report; literals inside it have converters of their
    own. ``may_lift``: whether it may have more parameters than the Relay function, for its large constants.
    ``is_external``: whether it is for a code generator, or stands in such a function.
    """

    def __init__(
        self,
        name: str,
        shared: Shared,
        plan: Plan,
        captures: Captures,
        may_lift: bool = False,
        is_external: bool = False,
        inside: tuple[relay.Function, Emission] | None = None,
    ) -> None:
        self.name = name
        self.shared = shared
        self.plan = plan
        self.captures = captures
        self.env: dict[Expr, Place] = {}
        self.emitter = KernelNormalizer(shared.options.target)
        self.sizes = Emission(shared.sizes.get(name), self.emitter, *(inside or (None, None)))
        self._may_lift = may_lift
        self._lifted: list[relax.Var] = []
        self.is_external = is_external
        self.bound_to: dict[relay.Function, relay.Var] = {}

    # ------------------------------------------------------------ functions

    def convert(
        self,
        source: relay.Function,
        attrs: Mapping[str, Any],
        carried: Sequence[relax.Var] = (),
        needs: Sequence[relay.Constant] = (),
        is_called: bool = True,
    ) -> Steps[relax.Function]:
        """The Relax function. Its last parameters are ``carried``, variables for what it captures, and those for the
        constants that it ``needs``. ``is_called``: whether other functions call it.

        R2R0403 for a construct that is not converted.
        """
        emitter = self.emitter
        scope = self.plan.inner[source][0] if source in self.plan.inner else self.plan.root
        params = [self._param(param) for param in source.params]
        self.sizes.reserve()
        for constant in needs:
            self.env[constant] = self._lift(constant)
        self._speaker = Speaker(emitter, self.shared.kernels, self.shared.options, self.shared.constants.arrays)
        self._sized = SizedCalls(self.sizes, self._speaker, self.shared, self.name)
        self._entry = list(zip(source.params, params, strict=True))
        self.escaping = escaping(self.plan, scope, self.captures, self.shared.effects)
        self.writes = Writes(self.plan, self.shared.effects.references)
        self.patterns = Patterns(self.shared.source, emitter)
        self.is_external = self.is_external or "Compiler" in source.attrs
        body: relax.SeqExpr = yield self.body(scope, [*params, *carried, *self._lifted], is_called)
        lifted = self._used(body, len(needs))
        attrs = {**attrs, "num_input": len(params)} if lifted else attrs
        says = result_type if is_called else convert_type
        stated = None if self.sizes.sizes else source.ret_type
        result = None if stated is None else says(stated, source.span)
        pure = source not in self.shared.effects.impure
        return finished(relax.Function((*params, *carried, *lifted), body, result, pure, attrs, source.span), body)

    def _used(self, body: relax.SeqExpr, needed: int) -> tuple[relax.Var, ...]:
        """The parameters for constants: those that callers give, and others that the body uses."""
        folded = self._speaker.folded.intersection(self._lifted[needed:])
        unused = folded.difference(free_vars(body)) if folded else folded
        for var in unused:
            self.shared.constants.drop(var)
        return tuple(var for var in self._lifted if var not in unused)

    def inside(self, literal: relay.Function) -> FunctionConverter:
        """A converter for a literal in this function."""
        around = (literal, self.sizes)
        return FunctionConverter(self.name, self.shared, self.plan, self.captures, False, self.is_external, around)

    def _lift(self, constant: relay.Constant) -> relax.Var:
        """The parameter for a large constant."""
        var = self.shared.constants.variable(constant)
        self.emitter.names.reserve(var.name)
        self._lifted.append(var)
        return var

    def _param(self, param: relay.Var) -> relax.Var:
        name = self.emitter.names.unique(legal(param.name))
        if name != param.name:
            self.shared.report.renamed[param.name] = name
        type_ = self.sizes.relax(param)
        device = placed(self.shared.module, param.virtual_device)
        if device is not None and isinstance(type_, TensorType):
            type_ = TensorType(type_.shape, type_.dtype, device, type_.ndim)
        var = relax.Var(name, type_, param.span)
        self.env[param] = var
        params = self.shared.module.params
        if self._may_lift and param.name in params and name != param.name:
            params[name] = params.pop(param.name)
        return var

    # ------------------------------------------------------------ scopes

    def body(self, scope: Scope, params: Sequence[relax.Var], is_called: bool) -> Steps[relax.SeqExpr]:
        """The function's scope as its body."""
        emitter = self.emitter
        emitter.open(params)
        emitter.body.start(True)
        self.sizes.enter(self._entry)
        yield self.steps(scope)
        result = self.value(scope.result)
        if is_called and type_of(result) == VOID:
            var = emitter.variable(ObjectType(), output=True)
            emitter.add(relax.MatchCast(var, emitter.argument(result), ObjectType()))
            result = var
        return self.close(result)

    def close(self, result: relax.Expr) -> relax.SeqExpr:
        """End the innermost body with a result, which gets a name."""
        # A name of an empty tuple is not written: in text it would be gone.
        if isinstance(result, relax.Tuple) and result.fields:
            result = self.emitter.bind(result, span=result.span, output=True)
        return self.emitter.close(result)

    def steps(self, scope: Scope) -> Steps[None]:
        """Emit a scope's steps where they stand: dataflow blocks, cut at branches and effects."""
        for step in scope.steps:
            if isinstance(step, Bind) and isinstance(step.value, relay.Function):
                self.bound_to[step.value] = step.var
        for step in scope.steps:
            match step:
                case Bind():
                    if not self.sizes.is_skipped(step.value):
                        self.env[step.var] = self.place(step.value)
                case relay.If():
                    yield convert_if(self, step)
                case Match():
                    yield convert_match(self, step)
                case relay.Let():
                    inner = self.plan.inner[step][0]
                    yield self.steps(inner)
                    if not self.sizes.is_skipped(inner.result):
                        self.env[step] = self.place(inner.result)
                case relay.Function():
                    self.env[step] = yield convert_literal(self, step)
                case _:
                    self._node(step)
            if self.sizes.sizes is not None and not isinstance(step, Bind):
                self.settle(step)

    # ------------------------------------------------------------ nodes

    def _node(self, node: Expr) -> None:
        emitter, value = self.emitter, self.value
        if self._sized.skips(node):
            return
        match node:
            case relay.Call(op=relay.Op()):
                conversions = self.shared.report.conversions
                reported, bound = len(conversions), len(emitter.values)
                self._emit(node, self._op_call(node))
                made = tuple(islice(reversed(emitter.values), len(emitter.values) - bound))[::-1]
                conversions[reported:] = [replace(item, made=made) for item in conversions[reported:]]
            case relay.Call():
                self._call(node)
            case relay.Tuple():
                self.env[node] = emitter.argument(relax.Tuple(tuple(map(value, node.fields)), node.span))
            case relay.TupleGetItem() if (made := self._sized.folded(node)) is not None:
                self.bind(node, made)
            case relay.TupleGetItem():
                item = field_of(value(node.tuple_value), node.index)
                if isinstance(item, relax.TupleGetItem):
                    self.bind(node, emitter.normal(item))
                else:
                    self.env[node] = self._outlasting(item) if node in self.escaping else item
            case relay.RefCreate() | relay.RefRead() | relay.RefWrite():
                self._reference(node)
            case _:
                raise _refused(node)

    def _op_call(self, node: relay.Call) -> relax.Expr:
        """A call of an operator: of sizes, with sizes for operands, or any other."""
        self.sizes.before(node)
        made = self._sized.folded(node)
        if made is None:
            made = self._sized.twin(node, self.value)
        if made is not None:
            return made
        args, types = self._sized.spread(node, list(map(self.value, node.args)))
        refused = self._sized.refusal(node, args)
        if refused is not None:
            return refused
        known = self.sizes.known(node)
        return convert_op_call(node, args, types, self._speaker, self.shared, self.name, known)

    def _reference(self, node: relay.RefCreate | relay.RefRead | relay.RefWrite) -> None:
        """A reference: the value it holds at this point, or an object of the runtime."""
        source = self.shared.effects.references.of(node)
        if source is None:
            operands = [self.value(operand) for operand in node.iter_children() if isinstance(operand, Expr)]
            self.env[node] = effect(self.emitter, node, operands)
        elif isinstance(node, relay.RefRead):
            self.env[node] = self.env[source]
        else:
            self.env[source] = self.value(node.value)
        if isinstance(node, relay.RefWrite):
            self.env[node] = self.emitter.argument(relax.Tuple(()))

    def _call(self, node: relay.Call) -> None:
        """A call of a function: by name where it is seen, else of the value."""
        args = [self.value(argument) for argument in node.args]
        if isinstance(node.op, Constructor):
            self.env[node] = make(self.emitter, node.op, args, node, node in self.escaping)
            return
        callee = self._callee(node.op)
        if isinstance(callee, Known):
            self._emit(node, self.emitter.normal(callee.call(args, node.span)))
        else:
            self._invoke(node, callee, args)
        if node.checked_type == VOID:
            self.env[node] = self.emitter.argument(relax.Tuple(()))

    def _invoke(self, node: relay.Call, callee: relax.Expr, args: Sequence[relax.Expr]) -> None:
        emitter = self.emitter
        pure, result = not self.shared.effects.values_impure, result_type(node.checked_type, node.span)
        if not pure:
            emitter.body.start(False)
        whole = isinstance(result, ObjectType)
        output = node in self.escaping
        value = emitter.normal(invoke(callee, args, pure, node.span))
        found = emitter.bind(value, span=node.span, origin=node if whole else None, output=output and whole)
        self.env[node] = cast_to(emitter, found, result, span=node.span, origin=node, output=output)
        if not pure:
            emitter.body.start(True)

    def _callee(self, node: Expr) -> Place:
        if isinstance(node, GlobalVar):
            return self.global_function(node)
        return self.place(node)

    def global_function(self, node: GlobalVar) -> Known:
        """A global function, with what it gets beside its arguments; R2R0403 for one that is not converted."""
        found = self.shared.globals.get(node)
        if found is None:
            message = f"@{node.name} is not converted, so it cannot be called"
            raise fail(codes.REFUSED_CONSTRUCT, message, node.span, "see what the report says of that function")
        return Known(found.name, tuple(map(self.value, self.shared.called.get(node, ()))))

    def place(self, node: Expr) -> Place:
        """What stands for a node evaluated before, or for a leaf. R2R0403 for a variable that has no value yet."""
        found = self.env.get(node)
        if found is not None:
            return found
        match node:
            case relay.Constant():
                lifts = self._may_lift and not self.is_external and is_large(node)
                self.env[node] = made = self._lift(node) if lifts else relax.Constant(node.data)
                return made
            case GlobalVar():
                return self.global_function(node)
            case Constructor():
                return self.shared.constructor(node)
            case relay.Var():
                message = f"%{node.name} is used before its value is known"
                raise fail(codes.REFUSED_CONSTRUCT, message, node.span, "bind it before it is used")
            case _:
                raise _refused(node)

    def value(self, node: Expr) -> relax.Expr:
        """The Relax expression of a node; a function becomes a closure."""
        place = self.place(node)
        if isinstance(place, Known):
            return self.emitter.bind(place.value(self.emitter, None), output=True)
        return place

    def _emit(self, node: relay.Call, value: relax.Expr) -> None:
        """Bind a call's value; what has effects stands outside of dataflow blocks."""
        if not self.shared.effects.of_call(node):
            self.bind(node, value)
            return
        self.emitter.body.start(False)
        self.bind(node, value)
        self.emitter.body.start(True)

    def bind(self, node: relay.RelayExpr, value: relax.Expr) -> None:
        """Bind a node's value to a variable that knows the node; a tuple of leaves needs none."""
        if isinstance(value, relax.Tuple):
            value = self.sizes.fields(node, value)
            if node in self.escaping:
                value = relax.Tuple(tuple(map(self._outlasting, value.fields)), value.span)
            self.env[node] = self.emitter.argument(value)
            return
        output = node in self.escaping and not self.sizes.casts(node, value)
        self.env[node] = self.emitter.bind(value, span=node.span, origin=node, output=output)

    def settle(self, node: Expr) -> None:
        """Put what is known of a step's sizes on its value."""
        place = self.env.get(node)
        if isinstance(place, relax.Var) and isinstance(node, relay.RelayExpr):
            self.env[node] = self.sizes.after(node, place, node in self.escaping, node.span)

    def _outlasting(self, value: relax.Expr) -> relax.Expr:
        """The value under a name that is visible after its dataflow block: a field of an expansion has none yet."""
        if not isinstance(value, relax.DataflowVar):
            return value
        return self.emitter.bind(value, span=value.span, output=True)


def _refused(node: Expr) -> Exception:
    what = "an operator used as a value" if isinstance(node, relay.Op) else type(node).__name__
    return fail(
        codes.REFUSED_CONSTRUCT,
        f"{what} is not converted",
        getattr(node, "span", None),
        "this function is left out of the result; simplify it with Relay passes first (Inline, PartialEvaluate)",
    )
