"""Rules made wrong: what they give is ``1 - x`` in the place of ``x``, or the negation of a truth value; of data, it is
that of another rule.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial, wraps
from typing import Any

import relax_core.ir.expr as relax
import relax_core.ir.types as relax_types
import relay_compat.ir.expr as relay
from relax_core.dpl.rewriters import Matched
from relax_core.layouts.layout import Fields
from relax_core.layouts.rule import Inferred
from relax_core.op import creator
from relax_core.passes import backward_fold_scale_axis as backward
from relax_core.passes import forward_fold_scale_axis as forward
from relax_core.passes.op_gradients import REGISTERED, Step, op_gradient
from relax_core.passes.simplifications.rule import Made, Rule, Say, dtype_of, number
from relax_core.types.deduce import type_of
from relay_compat.fragment import RelayFragment
from relay_compat.ir.affine_type import TensorAffineType, TupleAffineType
from relay_compat.ir.temporary import TempExpr
from relay_compat.layouts.inferred import InferCorrectLayoutOutput
from relay_compat.layouts.layout import Layout
from relay_compat.op.call import call
from relay_compat.passes.building import scalar
from tensor_core.types import TensorType, TupleType

Declined: Any = object()
"""Of a function that cannot decline."""


def declining(function: Any) -> Any:
    """A function that leaves alone whatever it is given; ``Declined`` where it always gives something new."""
    names = list(function.__code__.co_varnames[: function.__code__.co_argcount])
    returned = str(function.__annotations__.get("return", ""))
    if returned.endswith("| None") and "Steps" not in returned:
        return lambda *_, **__: None
    if returned in ("Expr", "Call", "Node") and "new" in names:
        place = names.index("new")
        return lambda *args, **kwargs: kwargs["new"] if "new" in kwargs else args[place]
    if returned in ("Expr", "Expr | None") and names[:2] == ["lowering", "call"]:
        return lambda _, call: call
    return Declined


def gives_expression(function: Any) -> bool:
    """Whether what a function gives can be made wrong."""
    returned = str(function.__annotations__.get("return", ""))
    kind = returned.removeprefix("Steps[").removesuffix("]").removesuffix(" | None")
    return kind in ("Expr", "Call", "Node", "Scaling", "Rule", "tuple[Scaling | None, ...]")


def falsified(rule: Any, others: Sequence[Any]) -> Any:
    """A rule that is wrong; None when there is no other one than this."""
    if isinstance(rule, Rule):
        return _wrong_on_relax(rule)
    if isinstance(rule, (forward.Rule, backward.Rule)):
        return replace(rule, scaled=twice(rule.scaled))
    if is_dataclass(rule) and not isinstance(rule, type):
        # A rule of several functions is wrong in the last of them.
        name = [item.name for item in fields(rule) if callable(getattr(rule, item.name))][-1]
        return replace(rule, **{name: falsified(getattr(rule, name), others)})
    if isinstance(rule, tuple) and len(rule) == 2 and callable(rule[1]):
        return rule[0], falsified(rule[1], others)
    if not callable(rule):
        return next((other for other in others if other != rule), None)
    if inspect.isgeneratorfunction(rule):

        @wraps(rule)
        def steps(*args: Any, **kwargs: Any) -> Any:
            return _wrong((yield from rule(*args, **kwargs)), args)

        return steps

    @wraps(rule)
    def wrong(*args: Any, **kwargs: Any) -> Any:
        return _wrong(rule(*args, **kwargs), args)

    return wrong


def wrong_adjoints(rule: Any, others: Sequence[Any]) -> Any:
    """A gradient that gives ``1 - x`` for each adjoint, also for one that it hands on as it came."""
    del others

    @wraps(rule)
    def wrong(call: Any, seed: Any) -> Any:
        return [_wrong_adjoint(made) for made in rule(call, seed)]

    return wrong


def _wrong_adjoint(made: Any) -> Any:
    """A tensor, or a tuple of them, each of which is wrong."""
    if not isinstance(made.checked_type, TupleType):
        return _wrong_on_relay(made, ())
    fragment = RelayFragment()
    fields = range(len(made.checked_type.fields))
    return fragment.tuple(*(_wrong_on_relay(fragment.item(made, n), ()) for n in fields))


def no_adjoints(var: Any, call: Any, grad: Any, builder: Any) -> Any:
    """Instead of the gradient of an operator of Relax: that there is none."""
    del var, grad
    nothing = creator("grad.no_grad", builder.emitter.release)
    return list(map(nothing, call.args))


def wrong_adjoints_on_relax(var: Any, call: Any, grad: Any, builder: Any) -> Any:
    """Instead of the gradient of an operator of Relax: ``1 - x`` for each adjoint, of no adjoint as of zeros."""
    release, name = builder.emitter.release, call.op.name
    mine = REGISTERED.pop(name)
    try:
        adjoints = op_gradient(Step(var, call, grad, builder, release))
    finally:
        REGISTERED[name] = mine
    return [_wrong_adjoint_on_relax(*pair, builder) for pair in zip(call.args, adjoints, strict=True)]


def _wrong_adjoint_on_relax(arg: Any, made: Any, builder: Any) -> Any:
    say = partial(creator, release=builder.emitter.release)
    if made is None:
        is_tensor = isinstance(type_of(arg), relax_types.TensorType)
        return say("ones_like" if is_tensor else "grad.no_grad")(arg)
    made = builder.normalize(made)
    type_: Any = type_of(made)
    if not isinstance(type_, relax_types.TupleType):
        return say("subtract")(number(1, str(type_.dtype)), made)
    fields = (
        made.fields
        if isinstance(made, relax.Tuple)
        else [relax.TupleGetItem(made, n) for n in range(len(type_.fields))]
    )
    return relax.Tuple(tuple(say("negative")(field) for field in fields))


def twice(scaled: Any) -> Any:
    """A rule of scales that gives twice what it should, also where it leaves the call as it was."""

    def typed(at: Any, call: Any, *rest: Any) -> Any:
        right = scaled(at, call, *rest).replace()
        right.memo("ty", call.ty)
        kept = at.bind(right, "lv")
        return at.said("add", kept, kept)

    return typed


def _wrong(made: Any, args: Sequence[Any]) -> Any:
    """What stands in the place of what a rule gave."""
    if hasattr(made, "callback"):
        return _wrong_callback(made)
    if made is None or any(made is arg for arg in args):
        return made
    if isinstance(made, bool):
        return not made
    if isinstance(made, relay.RelayExpr):
        return _wrong_on_relay(made, args)
    if isinstance(made, relax.RelaxExpr):
        return _wrong_call_on_relax(made, args)
    if isinstance(made, InferCorrectLayoutOutput):
        turned = [item and Layout.of(item.axes[::-1]) for item in made.output_layouts]
        return made if args[1] is None else InferCorrectLayoutOutput(made.input_layouts, turned, made.new_attrs)
    if isinstance(made, Inferred):
        return replace(made, output=_turned(made.output))
    if isinstance(made, TempExpr):
        value: Any = getattr(made, "value")  # noqa: B009
        return made.replace(value=_wrong_on_relay(value, args))
    if isinstance(made, TensorAffineType):
        return replace(made, scale=call("multiply", made.scale, scalar(2.0, "float32")))
    if isinstance(made, TupleAffineType):
        return TupleAffineType(tuple([_wrong(type_, args) for type_ in made.types]))
    if hasattr(made, "_replace"):
        return made._replace(**{name: not item for name, item in made._asdict().items() if isinstance(item, bool)})
    if callable(made):
        return falsified(made, ())
    if isinstance(made, list | tuple):
        # Expressions may be handed on as they came; what is said of them is made wrong in any case.
        changed = [_wrong(item, () if hasattr(item, "_replace") else args) for item in made]
        return type(made)(changed)
    return made + 1 if isinstance(made, int) else made


def _turned(layout: Any) -> Any:
    """The layout with its axes the other way around."""
    return Fields(tuple(map(_turned, layout.items))) if isinstance(layout, Fields) else layout and layout[::-1]


def _wrong_on_relay(made: Any, args: Sequence[Any]) -> Any:
    if isinstance(made, relay.Tuple):
        return made.replace(fields=(_wrong_on_relay(made.fields[0], args), *made.fields[1:]))
    dtype = _dtype(made) or next((found for arg in args if (found := _dtype(arg))), "float32")
    wrong = call("logical_not", made) if dtype == "bool" else call("subtract", scalar(1, dtype), made)
    if getattr(made, "checked", None) is not None:
        wrong.memo("checked", made.checked)
    return wrong


def _dtype(expr: Any) -> str:
    type_ = getattr(expr, "checked", None)
    type_ = getattr(type_, "fields", (type_,))[0] if type_ is not None else None
    return type_.dtype if isinstance(type_, TensorType) else ""


def _wrong_callback(rule: Any) -> Any:
    right = rule.callback

    def callback(pre: Any, post: Any, node_map: Any) -> Any:
        made = right(pre, post, node_map)
        return made if made is pre or made is post else _wrong_on_relay(made, (pre,))

    rule.callback = callback
    return rule


def _wrong_call_on_relax(made: Any, args: Sequence[Any]) -> Any:
    del args
    if isinstance(made, relax.Tuple):
        return made.replace(fields=(_wrong_call_on_relax(made.fields[0], ()), *made.fields[1:]))
    type_ = type_of(made)
    dtype = str(type_.dtype) if isinstance(type_, relax_types.TensorType) else ""
    if not dtype:
        return creator("exp", "0.27")(made)
    say = creator("logical_not" if dtype == "bool" else "subtract", "0.27")
    return say(made) if dtype == "bool" else say(number(1, dtype), made)


def _wrong_on_relax(rule: Rule) -> Rule:
    def make(say: Say) -> Made:
        pattern, right = rule.make(say)

        def replaced(expr: Any, found: Matched) -> Any:
            made = right(expr, found)
            if made is expr or made is None:
                return made
            dtype = dtype_of(expr)
            return say("logical_not", made) if dtype == "bool" else say("subtract", number(1, dtype), made)

        return pattern, replaced

    return Rule(rule.name, make)
