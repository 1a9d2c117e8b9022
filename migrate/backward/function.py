"""One Relax function as a Relay function: bindings become shared nodes, and lets where their order matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import relax_core.ir.expr as relax
import relax_core.ir.types as relax_types
import relay_compat.ir.expr as relay
from migrate.backward.builtins import BUILTINS, LOSSY
from migrate.backward.external import external
from migrate.backward.say import say
from migrate.backward.shared import Shared
from migrate.backward.sizes import Sizes
from migrate.backward.types import revert_type
from migrate.report.model import Assumption, Conversion, Outcome
from relax_core.ops import planned_params
from relax_core.types.deduce import is_pure_call
from relax_core.types.leaves import type_of
from relax_core.types.operands import Plan, UnknownRank, plan
from relax_core.types.plain import plain
from relay_compat.fragment import RelayFragment
from relay_compat.ir.types import FuncType
from tensor_core import codes, dtypes, prim, shapes
from tensor_core.diagnostics import Diagnostic, DiagnosticError, fail
from tensor_core.module import Expr, GlobalVar
from tensor_core.ops.card import Carrier, Reject
from tensor_core.spans import Span
from tensor_core.trampoline import Steps
from tensor_core.types import TensorType, TupleType, Type

Lets = list[tuple[relay.Var, Expr]]


class FunctionReverter:
    """Converts one function; local functions inside it have their own, which see the variables around them."""

    def __init__(self, name: str, shared: Shared, outer: FunctionReverter | None = None) -> None:
        self.name = name
        self.shared = shared
        self.sizes = outer.sizes if outer else Sizes(name)
        # A variable is bound once in a program, so that all its functions can share what they stand for.
        self._values: dict[relax.Expr, Expr] = outer._values if outer else {}
        self._lets: list[Lets] = []
        self.refusals: list[Diagnostic] = []

    # ------------------------------------------------------------ functions

    def revert(
        self, function: relax.Function, attrs: Mapping[str, Any], constants: Mapping[int, np.ndarray]
    ) -> Steps[relay.Function]:
        """The Relay function. ``constants``: arrays of parameters, by their place, that are constants in Relay.

        R2R0404 for what Relay cannot say.
        """
        params: list[relay.Var] = []
        for place, param in enumerate(function.params):
            array = constants.get(place)
            if array is not None:
                self._values[param] = self.constant(array, param.span)
                continue
            var = relay.Var(param.name, self.shared.param_type(function, param), param.span)
            var.memo("checked", var.type_annotation)
            self._values[param] = var
            params.append(var)
            self.sizes.bind(var, param.ty, param.name, param.span)
        assert isinstance(function.body, relax.SeqExpr)
        body: Expr = yield self._body(function.body)
        if self.refusals:
            raise DiagnosticError(*self.refusals)
        # What gives any object in Relax gives what it is found to give.
        result = None if function.ret_ty is None else _stated(function.ret_ty) or getattr(body, "checked", None)
        made = relay.Function(tuple(params), body, result, attrs=attrs, span=function.span)
        if result is not None and all(param.type_annotation is not None for param in params):
            kinds = [param.type_annotation for param in params if param.type_annotation is not None]
            made.memo("checked", FuncType(tuple(kinds), result))
        return made

    def constant(self, array: np.ndarray, span: Span | None) -> relay.Constant:
        """A typed constant."""
        made = RelayFragment(span).constant(array, dtypes.from_numpy(array.dtype))
        assert isinstance(made, relay.Constant)
        return made

    # ------------------------------------------------------------ bodies

    def _body(self, body: relax.Expr) -> Steps[Expr]:
        """A sequence as an expression: its lets around its result."""
        if not isinstance(body, relax.SeqExpr):
            return self.value(body)
        self._lets.append([])
        for block in body.blocks:
            for binding in block.bindings:
                if isinstance(binding, relax.MatchCast):
                    self._cast(binding)
                else:
                    assert isinstance(binding, relax.VarBinding)
                    self._values[binding.var] = yield self._bound(binding)
        result = self.value(body.body)
        for var, value in reversed(self._lets.pop()):
            outer = relay.Let(var, value, result)
            outer.memo("checked", getattr(result, "checked", None))
            result = outer
        return result

    def _let(self, name: str, value: Expr, var: relay.Var | None = None) -> relay.Var:
        """A variable bound, here and now, to a value."""
        var = var or relay.Var(name)
        var.memo("checked", getattr(value, "checked", None))
        self._lets[-1].append((var, value))
        return var

    def _bound(self, binding: relax.VarBinding) -> Steps[Expr]:
        value = binding.value
        if isinstance(value, relax.If):
            made: Expr = yield self._branch(value, binding.var.ty)
            return made
        if isinstance(value, relax.Function):
            return (yield self._local(binding.var, value))
        if not isinstance(value, relax.Call):
            return self.value(value)
        made = self._attempt(value, binding.var.ty)
        known = self.shared.objects.get(binding.var)
        if known is not None and getattr(made, "checked", None) is None:
            made.memo("checked", known)
        if any(var not in self.sizes for var in _symbols(binding.var.ty)):
            # What no parameter tells is the extent of the first value that has it.
            self.sizes.bind(made, binding.var.ty, binding.var.name, binding.span)
        return made if is_pure_call(value) else self._let(binding.var.name, made)

    def _branch(self, node: relax.If, type_: Type | None) -> Steps[Expr]:
        condition = self.value(node.cond)
        then: Expr = yield self._body(node.true_branch)
        otherwise: Expr = yield self._body(node.false_branch)
        made = relay.If(condition, then, otherwise, node.span)
        made.memo("checked", _stated(type_))
        return made

    def _local(self, var: relax.Var, function: relax.Function) -> Steps[Expr]:
        """A local function; one that calls itself is bound by a let, as Relay's recursion is."""
        inner = FunctionReverter(self.name, self.shared, self)
        own = relay.Var(var.name)
        own.memo("checked", _stated(var.ty))
        inner._values[var] = own
        self.shared.named[own] = False
        made: relay.Function = yield inner.revert(function, self.shared.attrs_of(function), {})
        return self._let(var.name, made, own) if self.shared.named.pop(own) else made

    def _cast(self, binding: relax.MatchCast) -> None:
        """A cast: sizes that Relay can state are stated, the check of the others is lost."""
        value = self.value(binding.value)
        known, wanted = getattr(value, "checked", None), _stated(binding.ty)
        if known is None and wanted is not None:
            # What a function value gives has this type by inference, too.
            value.memo("checked", wanted)
            self._values[binding.var] = value
            self.sizes.bind(value, binding.ty, binding.var.name, binding.span)
            return
        if isinstance(known, TensorType) and isinstance(wanted, TensorType) and wanted.shape != known.shape:
            dims = [int(dim) if isinstance(dim, int) else -1 for dim in wanted.shape]
            if (
                len(dims) == known.rank
                and dims.count(-1) <= 1
                and any(not isinstance(dim, int) and size >= 0 for dim, size in zip(known.shape, dims, strict=True))
            ):
                value = RelayFragment(binding.span).call("reshape", value, shape=tuple(wanted.shape))
        guard = "reshape" if isinstance(value, relay.Call) and value is not self._values.get(binding.value) else ""
        what = f"{binding.var.name} is {binding.ty}"
        self.sizes.assumptions.append(Assumption(self.name, what, "match_cast", guard, binding.span))
        self._values[binding.var] = value
        self.sizes.bind(value, binding.ty, binding.var.name, binding.span)

    # ------------------------------------------------------------ calls

    def _attempt(self, call: relax.Call, type_: Type | None) -> Expr:
        """A call; a value in its place where it cannot be said, so that what else is refused is told, too."""
        try:
            return self._call(call, type_)
        except DiagnosticError as error:
            found = [replace(item, span=item.span or call.span) for item in error.diagnostics]
            self.refusals += found
            if isinstance(call.op, relax.Op):
                self.report(call.op, Outcome.REFUSED, (), found[0].message, call.span)
            stand_in = relay.Var("refused", _stated(type_))
            stand_in.memo("checked", stand_in.type_annotation)
            if stand_in.type_annotation is None:
                raise DiagnosticError(*self.refusals) from None
            return stand_in

    def _call(self, call: relax.Call, type_: Type | None) -> Expr:
        callee = call.op
        if isinstance(callee, relax.Op):
            return self._operator(call, callee, type_)
        if isinstance(callee, GlobalVar):
            kept = self.shared.kept(callee)
            args = [self.value(arg) for place, arg in enumerate(call.args) if kept is None or place in kept]
            return self.applied(self.shared.function(callee, call.span), args, type_, call.span)
        if isinstance(callee, relax.ExternFunc):
            return external(self, callee, call.args, call)
        return self.applied(self.value(callee), list(map(self.value, call.args)), type_, call.span)

    def applied(self, function: Expr, args: Sequence[Expr], type_: Type | None, span: Span | None) -> relay.Call:
        """A call of a function, whose result has this Relax type."""
        made = relay.Call(function, tuple(args), span=span)
        made.memo("checked", _stated(type_))
        return made

    def _operator(self, call: relax.Call, callee: relax.Op, type_: Type | None) -> Expr:
        if callee.name == "relax.call_pure_packed" and isinstance(call.args[0], relax.ExternFunc):
            return external(self, call.args[0], call.args[1:], call)
        special = BUILTINS.get(callee.name)
        if special is not None:
            value, said = special(self, call, type_)
            self.report(callee, Outcome.DIRECT, said, "", call.span, LOSSY.get(callee.name, ""))
            return value
        way = plan(callee, self.shared.release)
        if way is None:
            message = f"{callee.name} has no Relay counterpart"
            raise fail(codes.REVERT_UNSUPPORTED, message, call.span, "write it in operators that Relay has")
        args = [self.value(arg) for arg in way.tensor_args(call)]
        try:
            params, _ = planned_params(way, call, _types(way, call, args))
        except Reject as reject:
            raise fail(codes.BAD_PARAMETER, f"{callee.name}: {reject.message}", call.span) from reject
        except UnknownRank:
            message = f"{callee.name} takes a shape of unknown rank"
            raise fail(codes.REVERT_UNSUPPORTED, message, call.span, "check its rank with match_cast") from None
        value, outcome, said, reason = say(way.card, params, args, self.sizes, call.span, self._shape(way, call))
        self.report(callee, outcome, said, reason, call.span)
        return value

    def _shape(self, way: Plan, call: relax.Call) -> Expr | None:
        """The shape that a call takes, where it is a value of which Relax knows no sizes."""
        for place, _, carrier in way.values:
            given = call.args[place] if carrier is Carrier.SHAPE and place < len(call.args) else None
            kind = None if given is None else type_of(given)
            if given is not None and isinstance(kind, relax_types.ShapeType) and kind.values is None:
                return self.value(given)
        return None

    def report(
        self, callee: relax.Op, outcome: Outcome, said: tuple[str, ...], reason: str, span: Span | None, lossy: str = ""
    ) -> None:
        """Record what became of an operator's call."""
        self.shared.report.conversions.append(Conversion(self.name, callee.name, outcome, said, reason, span, lossy))

    # ------------------------------------------------------------ leaves

    def value(self, expr: relax.Expr) -> Expr:
        """The Relay expression of a leaf, of a tuple of leaves or of a projection. R2R0205 for a variable that is not
        defined yet, R2R0404 for what is no value in Relay.
        """
        found = self._values.get(expr)
        if found is not None:
            if found in self.shared.named:
                self.shared.named[found] = True
            return found
        fragment = RelayFragment(getattr(expr, "span", None))
        match expr:
            case relax.Constant():
                made: Expr = self.constant(expr.data, expr.span)
            case relax.Tuple():
                fields = tuple(map(self.value, expr.fields))
                made = relay.Tuple(fields, span=expr.span)
                kinds = [getattr(field, "checked", None) for field in fields]
                if None not in kinds:
                    made.memo("checked", TupleType(tuple(kind for kind in kinds if kind is not None)))
                return made
            case relax.TupleGetItem():
                return self._field(expr)
            case relax.ShapeExpr():
                return self.sizes.tensor(expr.values, fragment, expr.span)
            case relax.PrimValue():
                return self._number(expr, fragment)
            case GlobalVar():
                return self.shared.function(expr, None)
            case relax.Var():
                raise fail(codes.ILL_FORMED, f"variable {expr.name} is used before it is defined", expr.span)
            case _:
                message = f"a {type(expr).__name__} is no value in Relay"
                raise fail(codes.REVERT_UNSUPPORTED, message, getattr(expr, "span", None))
        self._values[expr] = made
        return made

    def _field(self, expr: relax.TupleGetItem) -> Expr:
        source = self.value(expr.tuple_value)
        if isinstance(source, relay.Tuple):
            return source.fields[expr.index]
        key = (source, expr.index)
        if key not in self.shared.fields:
            made = relay.TupleGetItem(source, expr.index, span=expr.span)
            known = getattr(source, "checked", None)
            made.memo("checked", known.fields[expr.index] if isinstance(known, TupleType) else _stated(type_of(expr)))
            self.shared.fields[key] = made
        return self.shared.fields[key]

    def _number(self, expr: relax.PrimValue, fragment: RelayFragment) -> Expr:
        value = expr.value
        if isinstance(value, prim.IntImm | prim.FloatImm):
            return fragment.constant(value.value, value.dtype)
        return self.sizes.scalar(value, fragment, expr.span)


def _types(way: Plan, call: relax.Call, args: Sequence[Expr]) -> list[Type]:
    """The types of the tensor arguments: with names for sizes where Relax has them, else those of Relay."""
    found: list[Type] = []
    for source, arg in zip(way.tensor_args(call), args, strict=True):
        known = way.tensor_type(source)
        named = None if known is None else plain(known)
        if named is None or isinstance(named, relax_types.TensorType):
            named = getattr(arg, "checked", None) or named
        if named is None:
            raise fail(codes.UNRESOLVED_TYPE, "an argument of the call has no type", call.span)
        found.append(named)
    return found


def _stated(type_: Type | None) -> Any:
    """The Relay type of a Relax type; None where that says too little, so that inference finds it."""
    try:
        return revert_type(type_)
    except DiagnosticError:
        return None


def _symbols(type_: Type | None) -> list[prim.Var]:
    dims = type_.dims if isinstance(type_, relax_types.TensorType) else None
    return [var for dim in dims or () for var in shapes.free_vars(dim)]
