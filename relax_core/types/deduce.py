"""The type of a Relax expression whose arguments are typed: by card, by built-in rule, or by the callee's type."""

from __future__ import annotations

from collections.abc import Sequence

from relax_core.builtins.builtin import stated_type
from relax_core.builtins.table import builtin
from relax_core.ir.expr import Call, Expr, ExternFunc, If, Op
from relax_core.ir.types import FuncType, ObjectType, TensorType, Type
from relax_core.types import rules
from relax_core.types.call_result import call_result
from relax_core.types.leaves import type_of
from relax_core.types.operands import Plan, UnknownRank, check_arity, place_of, plan, rejected
from relax_core.types.partial import infer_partial, infer_shaped, is_shaped
from relax_core.types.placement import placed
from relax_core.types.plain import of_card, plain
from relax_core.types.relations import least_upper_bound
from relax_core.types.rules import terms
from tensor_core import codes
from tensor_core.arith import Analyzer
from tensor_core.diagnostics import fail
from tensor_core.ops.card import Reject

__all__ = ["deduce", "deduce_branch", "is_pure_call", "type_of"]


def deduce(call: Call, release: str = "0.27", facts: Analyzer | None = None) -> Type:
    """The result type of a call whose arguments are typed.

    ``facts`` know of the symbolic variables in scope: that sizes are not negative, as a rule.
    An op unknown to the cards has the type that the call states. Errors: R2R0104 for an op without card and stated
    type, R2R0201 wrong arity, R2R0202 and R2R0204 from the op's type rule, R2R0203 an argument without a type.
    """
    callee = call.op
    if isinstance(callee, Op):
        found = plan(callee, release)
        if found is not None:
            return _of_card(found, call, facts)
        known = builtin(callee.name, release)
        return known.infer(call, release) if known else _opaque(call, callee.name, release)
    if isinstance(callee, ExternFunc):
        own = type_of(callee)
        derive = own.derive if isinstance(own, FuncType) else None
        return stated_type(call) or (derive(call, None) if derive is not None else ObjectType())
    return _of_function(call)


def _of_card(found: Plan, call: Call, facts: Analyzer | None) -> Type:
    spelling = found.spelling
    if not found.required <= len(call.args) <= len(spelling.operands):
        check_arity(found, call)
    own = rules.RULES.get(spelling.name)
    answer = _by_rule(own, found, call, facts) if own is not None else None
    if answer is not None:
        return answer
    types = [_typed(found.tensor_type(expr), expr, call) for expr in found.tensor_args(call)]

    def rule(given: Sequence[Type]) -> Type:
        known = [plain(item) for item in given]
        return of_card(found.card.infer(found.params(call, known), *known))

    try:
        result = infer_shaped(rule, types) if is_shaped(types) else infer_partial(rule, types)
        return placed(result, spelling.name, types)
    except Reject as reject:
        raise rejected(reject, call, found, place_of(reject, found)) from reject
    except UnknownRank:
        # The number of result dimensions is that of a shape operand of unknown length.
        return TensorType(dtype=getattr(types[0], "dtype", "") if types else "")


def _by_rule(rule: rules.Rule, found: Plan, call: Call, facts: Analyzer | None) -> Type | None:
    try:
        types = [_typed(type_of(expr), expr, call) for expr in call.args]
        with terms.knowing(facts):
            return rule(rules.Arguments(call, types, found.spelling, found.release))
    except Reject as reject:
        raise rejected(reject, call, found, reject.argument) from reject


def _opaque(call: Call, name: str, release: str) -> Type:
    type_ = stated_type(call)
    if type_ is None:
        raise fail(
            codes.UNKNOWN_OP,
            f"no operator is called {name} in Relax {release}",
            call.span,
            "check the release, or state the type of the result",
        )
    return type_


def _of_function(call: Call) -> Type:
    callee = type_of(call.op)
    if not isinstance(callee, FuncType):
        stated = stated_type(call)
        if stated is not None or isinstance(callee, ObjectType):
            return stated or ObjectType()
        name = getattr(call.op, "name", "the callee")
        raise fail(
            codes.UNRESOLVED_TYPE,
            f"the type of {name} is not known" if callee is None else f"{name} is no function but {callee}",
            call.span,
            "annotate the function's result type",
        )
    if callee.params is None and callee.derive is None:
        return stated_type(call) or callee.ret
    return call_result(callee, call)


def _typed(found: Type | None, expr: Expr, call: Call) -> Type:
    if found is None:
        name = getattr(expr, "name", type(expr).__name__)
        raise fail(codes.UNRESOLVED_TYPE, f"argument {name} of the call has no type", call.span, "annotate it")
    return found


def deduce_branch(value: If) -> Type:
    """The type of a branch: what both arms have in common. R2R0203 where an arm has no type."""
    then, otherwise = type_of(value.true_branch), type_of(value.false_branch)
    if then is None or otherwise is None:
        raise fail(codes.UNRESOLVED_TYPE, "an arm of the branch has no type", value.span)
    return least_upper_bound(then, otherwise)


def is_pure_call(call: Call) -> bool:
    """Whether a call has no effect beside its result; calls of foreign functions count as impure, as in TVM."""
    callee = call.op
    if isinstance(callee, Op):
        if callee.card is not None:
            return callee.card.is_pure
        known = builtin(callee.name)
        return known is None or known.pure
    type_ = type_of(callee)
    return not isinstance(type_, FuncType) or type_.pure
