"""What LiftTransformParams lifts: of one function, or what several functions compute alike."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from relax_core.analysis.variables import free_vars
from relax_core.ir.expr import (
    Binding,
    Call,
    Constant,
    Expr,
    Function,
    MatchCast,
    PrimValue,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.passes.bundle_model_params import num_input
from relax_core.passes.liftable import (
    AnyVar,
    Found,
    Lifting,
    bindings_of,
    bound_value,
    defined,
    needed_at_run_time,
    results_of,
)
from relax_core.structural import structural_equal
from relax_core.visit import map_leaves
from tensor_core import codes
from tensor_core.diagnostics import fail


@dataclass(slots=True)
class SharedPlan:
    """What several functions compute of the same weights; ``names`` maps their variables to those of the first."""

    found: Found
    names: dict[AnyVar, AnyVar] = field(default_factory=dict[AnyVar, AnyVar])


class Shared:
    """A shared plan seen from one function: its own variables for those of the first."""

    def __init__(self, plan: SharedPlan, function: Function) -> None:
        mine: set[AnyVar] = {*function.params, *(item.var for item, _ in bindings_of(function))}
        mine |= set(defined(function.params))
        self._own = {shared: own for own, shared in plan.names.items() if own in mine}

    def var(self, var: Var) -> Var:
        """The function's own variable; the shared one where the function does not use it."""
        found = self._own.get(var, var)
        assert isinstance(found, Var)
        return found

    def symbol(self, var: Any) -> Any:
        """The function's own symbolic variable."""
        return self._own.get(var, var)


def collect(function: Function, shared: SharedPlan | None = None) -> Found:
    """What can be lifted of a function; with a shared plan only what is in it, which learns what is needed."""
    inputs = num_input(function)
    weights = function.params[len(function.params) if inputs is None else inputs :]
    found = Found(weights)
    lifting = Lifting()
    found.of_weights.update(weights)
    lifting.vars.update(weights, defined(weights))
    for binding, in_dataflow in bindings_of(function):
        if lifting.allows(binding, in_dataflow) and (shared is None or binding.var in shared.names):
            found.bindings.append(binding)
            lifting.vars.add(binding.var)
            if any(var in found.of_weights for var in free_vars(bound_value(binding))):
                found.of_weights.add(binding.var)
        else:
            found.at_run_time |= needed_at_run_time(binding)
    # TVM leaves a result undefined that is all of weights (0.27).
    found.at_run_time.update(results_of(function))
    if shared is not None:
        names: dict[Any, Any] = shared.names
        shared.found.of_weights |= {names.get(var, var) for var in found.of_weights}
        shared.found.at_run_time |= {names.get(var, var) for var in found.at_run_time}
    return found


def shared_plan(functions: Sequence[Function]) -> SharedPlan:
    """What all functions compute of their weights, by the variables of the first; R2R0703 when weights differ."""
    first = functions[0]
    plan = SharedPlan(Found(first.params[num_input(first) or 0 :]))
    for function in functions:
        _map_params(plan, function)
    lifting = Lifting()
    names = dict(plan.names)
    unified: list[tuple[Binding, Expr]] = []
    owners: dict[Hashable, list[tuple[Expr, list[Binding]]]] = {}
    for function in functions:
        lifting.vars.update(function.params[num_input(function) or 0 :])
        for binding, in_dataflow in bindings_of(function):
            if isinstance(binding, MatchCast):
                raise fail(codes.BAD_OPTION, "match_cast cannot be shared by functions", binding.span)
            if not lifting.allows(binding, in_dataflow):
                continue
            lifting.vars.add(binding.var)
            value = _renamed(bound_value(binding), names)
            known = _known(owners, value)
            if not known:
                unified.append((binding, value))
            known.append(binding)
            names[binding.var] = known[0].var
    for binding, value in unified:
        known = _known(owners, value)
        if len(known) == len(functions):
            plan.found.bindings.append(binding)
            plan.names.update({item.var: binding.var for item in known})
    return plan


def _known(owners: dict[Hashable, list[tuple[Expr, list[Binding]]]], value: Expr) -> list[Binding]:
    """The bindings of a value equal to this one, of all functions so far."""
    bucket = owners.setdefault(_summary(value), [])
    for other, bindings in bucket:
        if structural_equal(other, value):
            return bindings
    bucket.append((value, []))
    return bucket[-1][1]


def _summary(value: Expr) -> Hashable:
    """Equal for equal values; tells most others apart."""
    match value:
        case Call():
            return ("call", getattr(value.op, "name", ""), *map(_summary, value.args))
        case Tuple():
            return ("tuple", *map(_summary, value.fields))
        case TupleGetItem():
            return ("item", value.index, _summary(value.tuple_value))
        case Constant():
            return ("constant", value.data.shape, str(value.data.dtype), value.data.tobytes())
        case Var():
            return value
        case ShapeExpr() | PrimValue():
            return type(value).__name__
        case _:
            return type(value).__name__


def _renamed(value: Expr, names: dict[AnyVar, AnyVar]) -> Expr:
    def rename(leaf: Expr) -> Expr:
        found: Any = names.get(leaf, leaf) if isinstance(leaf, Var) else leaf
        return found

    return map_leaves(value, rename)


def _map_params(plan: SharedPlan, function: Function) -> None:
    weights = function.params[num_input(function) or 0 :]
    if len(weights) != len(plan.found.params):
        message = f"functions that share a transform have {len(plan.found.params)} and {len(weights)} weights"
        raise fail(codes.BAD_OPTION, message, function.span, "their weights must be the same")
    for mine, theirs in zip(weights, plan.found.params, strict=True):
        if mine.ty is None or theirs.ty is None or not structural_equal(mine.ty, theirs.ty, map_free_vars=True):
            message = f"weight {mine.name} is {mine.ty} in one function and {theirs.ty} in another"
            raise fail(codes.BAD_OPTION, message, mine.span, "functions that share a transform have the same weights")
        pairs: list[tuple[AnyVar, AnyVar]] = [
            (mine, theirs), *zip(defined([mine]), defined([theirs]), strict=True)
        ]  # fmt: skip
        for own, other in pairs:
            if plan.names.setdefault(own, other) is not other:
                message = f"{own.name} stands for two variables of the other function"
                raise fail(codes.BAD_OPTION, message, mine.span, "their weights must be the same")
