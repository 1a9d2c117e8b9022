"""Calls rewritten to other layouts, with as few conversions between them as possible (transform_layout.h in TVM 0.19).

What an operator gives is kept with the layout that it had and the one that it has now; conversions are put in only
where a user needs another one. An operator whose layouts cannot be inferred gets all arguments as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relay_compat.attributes import op_attrs
from relay_compat.ir.expr import Call, Expr, Op, Tuple, TupleGetItem
from relay_compat.ir.temporary import TempExpr
from relay_compat.ir.types import TensorType, Type
from relay_compat.layouts.inferred import InferCorrectLayoutOutput, Layouts
from relay_compat.layouts.layout import Layout, convertible
from relay_compat.op.call import call
from relay_compat.passes.forward_rewrite import forward_rewrite
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.node import node
from tensor_core.types import TupleType

Alter = Callable[[Call, Any, Sequence[Expr]], Call]
"""The call to make instead of one, given that, its attributes and its new arguments."""


def rewrite_layouts(root: Any, alter: Alter) -> Any:
    """The expression, whose types are inferred, with its calls altered and conversions where they are needed."""
    rewriter = _LayoutRewriter(alter)
    return forward_rewrite(root, lambda _: rewriter.rewrite)


@node
class _Converted(TempExpr):
    """A value with the layouts that it had and has now; None while nothing is known about them."""

    value: Expr
    before: Layout | None
    now: Layout | None
    conversions: Any

    def realize(self) -> Expr:
        return self.conversions.convert(self.value, self.now, self.before)


class _Conversions:
    """Conversions of values between layouts; the same one is made once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Expr, Layout, Layout], Expr] = {}

    def convert(self, value: Expr, source: Layout | None, target: Layout | None) -> Expr:
        if source is None or target is None or source == target:
            return value
        key = (value, source, target)
        if key not in self._known:
            self._known[key] = self._convert(value, source, target)
        return self._known[key]

    def _convert(self, value: Expr, source: Layout, target: Layout) -> Expr:
        missing = target.ndim_primal - source.ndim_primal
        if missing > 0:
            type_ = getattr(value, "checked", None)
            if isinstance(type_, TensorType) and all(dim == 1 for dim in type_.shape):
                # One element broadcasts to any layout.
                return value
            value, source = call("expand_dims", value, axis=0, num_newaxis=missing), source.expand_primal(target)
            if source == target:
                return value
        if not convertible(source, target):
            span = getattr(value, "span", None)
            raise fail(codes.ILL_FORMED, f"there is no way from layout {source} to layout {target}", span)
        return call("layout_transform", value, src_layout=source.name, dst_layout=target.name)


class _LayoutRewriter:
    def __init__(self, alter: Alter) -> None:
        self._alter = alter
        self._conversions = _Conversions()

    def rewrite(self, old: Call, args: Sequence[Expr]) -> Expr | None:
        """The rule of every call."""
        if not isinstance(old.op, Op):
            return None
        inputs = [self._held(item) for arg in args for item in _flat(arg)]
        plain = [_values(arg) for arg in args]
        if old.op.get_attr("FTVMAlterOpLayout") and not old.op.get_attr("FInferCorrectLayout"):
            return self._alter(old, old.attrs, plain)
        types: list[Type] = [getattr(arg, "checked", None) or TupleType(()) for arg in old.args]
        before = infer_layouts(old.op, old.attrs, None, [item.before for item in inputs], types)
        if before is None:
            return None
        had = [item.before or layout for item, layout in zip(inputs, before.input_layouts, strict=True)]
        given = [item.now or layout for item, layout in zip(inputs, before.input_layouts, strict=True)]
        new = self._alter(old, before.new_attrs, plain)
        after = infer_layouts(new.op, new.attrs, given, had, types)
        if after is None:
            return None
        return self._result(old, new, inputs, before, after)

    def _held(self, arg: Expr) -> _Converted:
        return arg if isinstance(arg, _Converted) else _Converted(arg, None, None, self._conversions)

    def _result(
        self,
        old: Call,
        new: Call,
        inputs: Sequence[_Converted],
        before: InferCorrectLayoutOutput,
        after: InferCorrectLayoutOutput,
    ) -> Expr:
        if len(after.output_layouts) != len(before.output_layouts):
            raise fail(codes.ILL_FORMED, "layout alteration must keep the number of results", old.span)
        states = iter(zip(inputs, before.input_layouts, after.input_layouts, strict=True))
        args = [
            arg.replace(fields=tuple([self._argument(field, *next(states)) for field in arg.fields]))
            if isinstance(arg, Tuple)
            else self._argument(arg, *next(states))
            for arg in new.args
        ]
        result = _call(new, args, after.new_attrs, old)
        outputs = list(zip(before.output_layouts, after.output_layouts, strict=True))
        if not isinstance(old.checked, TupleType):
            return _Converted(result, *outputs[0], self._conversions)
        fields = [_Converted(TupleGetItem(result, n), *pair, self._conversions) for n, pair in enumerate(outputs)]
        return Tuple(tuple(fields))

    def _argument(self, arg: Expr, state: _Converted, wanted_before: Layout | None, wanted: Layout | None) -> Expr:
        """What the new call gets: the producer's change is undone unless it is the change that the call wants."""
        convert = self._conversions.convert
        if _name(wanted_before) == _name(state.before):
            return convert(arg, state.now, wanted)
        if state.before is not None:
            arg = convert(arg, state.now, state.before)
        return convert(arg, wanted_before, wanted)


def infer_layouts(
    op: Expr, attrs: Any, new: Layouts | None, old: Layouts, types: Sequence[Type]
) -> InferCorrectLayoutOutput | None:
    """What an operator's FInferCorrectLayout answers; None without one, or where a layout stays unknown. R2R0205 where
    it does not speak of all arguments.
    """
    rule = op.get_attr("FInferCorrectLayout") if isinstance(op, Op) else None
    found = rule(attrs, new, list(old), list(types)) if rule else None
    if found is None or not found.is_known:
        return None
    if len(found.input_layouts) != len(old):
        message = f"the layouts of {len(found.input_layouts)} of {len(old)} arguments were inferred"
        raise fail(codes.ILL_FORMED, message, hint=f"FInferCorrectLayout of {op} gives one for each tensor")
    return found


def _call(new: Call, args: Sequence[Expr], attrs: Any, old: Call) -> Call:
    assert isinstance(new.op, Op)
    if new.op.card is not None and attrs is not None:
        attrs = op_attrs(new.op.card, attrs)
    return Call(new.op, tuple(args), attrs, (), old.span)


def _flat(arg: Expr) -> Sequence[Expr]:
    return arg.fields if isinstance(arg, Tuple) else (arg,)


def _values(arg: Expr) -> Expr:
    if isinstance(arg, Tuple):
        return arg.replace(fields=tuple([_values(field) for field in arg.fields]))
    return arg.value if isinstance(arg, _Converted) else arg


def _name(layout: Layout | None) -> str | None:
    return None if layout is None else layout.name
