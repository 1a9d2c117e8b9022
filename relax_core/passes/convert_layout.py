"""ConvertLayout: operators compute in the layouts that one wants (relax.transform of TVM 0.19 to 0.27).

In dataflow blocks, in one walk: every value keeps the layout in which it was computed until an operator, or something
outside of the block, needs another. What each operator does stands in :mod:`relax_core.layouts.table`. As TVM 0.27, but
what is computed never changes: where TVM's rule for an operator in a layout would change it (repeat without an axis,
blocks that may not fill a dimension, scales of several axes), the operator keeps the layout that it had.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relax_core.analysis.variables import used_vars
from relax_core.analysis.walk import walk
from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowVar,
    Expr,
    Function,
    IRModule,
    MatchCast,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.layouts.layout import (
    Fields,
    Layout,
    Nested,
    index_map,
    initial,
    initial_of,
    is_packed,
    permutation,
)
from relax_core.layouts.rule import Inferred, Site
from relax_core.layouts.table import RULES, TAKES_WISHES
from relax_core.passes.call_lowering import CallLowering, unchanged
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.retype import same
from relax_core.types.deduce import deduce, type_of
from relax_core.visit import op_name, with_type
from tensor_core import codes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import DiagnosticError, fail
from tensor_core.passes import Pass, PassContext, PassInfo
from tensor_core.trampoline import Steps

Wishes = Mapping[str, Sequence[str]]
"""By operator name ("relax.nn.conv2d"): the layouts of data, kernel and result; that of the data goes for the last."""


def ConvertLayout(desired_layouts: Wishes, layout_cb: Callable[[Call], Wishes] | None = None) -> Pass:
    """The pass. ``layout_cb`` says instead for each call what is wanted of it (TVM 0.25 to 0.27).

    Convolutions and resizing can be asked for layouts; R2R0703 for another operator, and for a layout of other
    dimensions. All other operators follow their operands.
    """
    _check(desired_layouts)

    def wishes(call: Call) -> Wishes:
        if layout_cb is None:
            return desired_layouts
        found = layout_cb(call)
        _check(found)
        return found

    def ask(call: Call) -> Asked:
        return call, wishes(call).get(op_name(call)) if _short(op_name(call)) in TAKES_WISHES else None

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return Layouts(function, ask, relax_release(module)).run(function)

    return FunctionPass(PassInfo(0, "ConvertLayout"), apply)


def _check(wishes: Wishes) -> None:
    for name in wishes:
        if _short(name) in RULES and _short(name) not in TAKES_WISHES:
            raise fail(codes.BAD_OPTION, f"no layout can be asked of {name}", hint="it follows its operands")


def _short(name: str) -> str:
    return name.removeprefix("relax.")


Asked = tuple[Call, Sequence[str] | None]
"""The call to make in the place of one, of the same type, and the layouts that are wanted of it, if any."""


class Layouts(CallLowering):
    """A function whose operators compute in other layouts; ``ask`` says for each call what is wanted of it.

    ``_now`` has the layouts of the variables that are not in the initial one.
    """

    def __init__(self, function: Function, ask: Callable[[Call], Asked], release: str) -> None:
        super().__init__(function, unchanged, release)
        self._ask = ask
        self._now: dict[Var, Nested] = {}
        self._captured = _captured(function)

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """The bindings in the place of one; in a dataflow block, after the conversions that they need."""
        if not self.in_dataflow:
            return (yield super().rewrite(binding))
        if isinstance(binding, MatchCast):
            made: Binding = self._cast(binding)
        else:
            assert isinstance(binding, VarBinding)
            value, layout = yield from self._value(binding)
            if self._is_seen(binding.var) and layout != (whole := initial_of(type_of(binding.var))):
                if isinstance(value, Call):
                    value = self.bind(value, "lv")
                value, layout = self._brought(value, layout, whole), whole
            if value is binding.value and isinstance(value, Call) and not same(binding.var.ty, type_of(value)):
                # As in TVM, the variable of a call has the call's type, whatever was annotated.
                value = with_type(value.replace(), value)
            made = self.bound(binding, self._unbound(value) or value)
            self._keep(binding.var, layout)
        added, self._added = self._added, []
        return (*added, made)

    def _is_seen(self, var: Var) -> bool:
        """Whether a variable is used outside of the block, where nothing is known of layouts."""
        return not isinstance(var, DataflowVar) or var in self._captured

    def _keep(self, var: Var, layout: Nested) -> None:
        if layout != initial_of(type_of(var)):
            self._now[var] = layout

    def _value(self, binding: VarBinding) -> Steps[tuple[Expr, Nested]]:
        """What a variable is bound to now, and in which layout that is."""
        value = binding.value
        whole = initial_of(type_of(binding.var))
        if isinstance(value, Call):
            return self._call(value, whole)
        if isinstance(value, Tuple):
            return self.leaf(value), self._layout(value)
        if isinstance(value, TupleGetItem):
            found = self._now.get(value.tuple_value) if isinstance(value.tuple_value, Var) else None
            return self.leaf(value), found.items[value.index] if isinstance(found, Fields) else whole
        if isinstance(value, Var):
            return self._in_layout(value, whole), whole
        return (yield super().value(value)), whole

    def _layout(self, expr: Expr) -> Nested:
        """The layout that a leaf has by now."""
        if isinstance(expr, Tuple):
            return Fields(tuple(map(self._layout, expr.fields)))
        found = self._now.get(expr) if isinstance(expr, Var) else None
        return initial_of(type_of(expr)) if found is None else found

    # ------------------------------------------------------------ calls

    def _call(self, call: Call, whole: Nested) -> tuple[Expr, Nested]:
        call, wanted = self._ask(call)
        inferred = self._inferred(call, wanted)
        if inferred is not None:
            made = self._tried(call, inferred)
            if made is not None:
                return made, inferred.output
        return self._remade(call, Inferred((), whole)), whole

    def _inferred(self, call: Call, wanted: Sequence[str] | None) -> Inferred | None:
        rule = RULES.get(_short(op_name(call)))
        if rule is None or any(map(_has_unknown_rank, map(type_of, call.args))):
            return None
        return rule(Site(call, tuple(map(self._layout, call.args)), wanted))

    def _tried(self, call: Call, inferred: Inferred) -> Call | None:
        """The call in other layouts; None where the operator does not take them."""
        before = len(self._added)
        try:
            return self._remade(call, inferred)
        except DiagnosticError:
            del self._added[before:]
            return None

    def _remade(self, call: Call, inferred: Inferred) -> Call:
        rest = tuple([initial_of(type_of(arg)) for arg in call.args[len(inferred.inputs) :]])
        layouts = (*inferred.inputs, *rest)
        args = [self._in_layout(arg, layout) for arg, layout in zip(call.args, layouts, strict=True)]
        for n, arg in inferred.args.items():
            type_of(arg)
            args[n] = arg
        attrs = call.attrs
        if isinstance(attrs, Attrs) and any(_plain(attrs[name]) != new for name, new in inferred.attrs.items()):
            attrs = Attrs(attrs.type_key, {**attrs, **inferred.attrs})
        if attrs is call.attrs and all(new is old for new, old in zip(args, call.args, strict=True)):
            return call
        made = call.replace(args=tuple(args), attrs=attrs)
        made.memo("ty", deduce(made, self.release, self._facts))
        return made

    # ------------------------------------------------------------ casts

    def _cast(self, binding: MatchCast) -> MatchCast:
        """A match_cast of a value in another layout holds it to the type that it has there."""
        layout = self._layout(binding.value)
        type_ = None if self._is_seen(binding.var) else _moved(binding.ty, layout)
        if type_ is None:
            type_, layout = binding.ty, initial_of(type_of(binding.value))
        value = self._in_layout(binding.value, layout)
        made = self.cast(binding, self.bind(value, "lv") if isinstance(value, Call) else value, type_)
        if layout is not None:
            self._keep(binding.var, layout)
        return made

    # ------------------------------------------------------------ conversions

    def _in_layout(self, expr: Expr, layout: Nested) -> Expr:
        """A leaf as it is by now, brought to a layout."""
        return self._brought(self.leaf(expr), self._layout(expr), layout)

    def _brought(self, expr: Expr, source: Nested, target: Nested) -> Expr:
        if source == target or not source:
            return expr
        if isinstance(source, Fields):
            assert isinstance(target, Fields)
            pairs = zip(source.items, target.items, strict=True)
            fields = [self._brought(self._item(expr, n), *pair) for n, pair in enumerate(pairs)]
            made = Tuple(tuple(fields))
            type_of(made)
            return made
        assert isinstance(target, tuple)
        axes = permutation(source, target)
        if axes is not None:
            return self.op("permute_dims", expr, list(axes))
        return self.op("layout_transform", expr, index_map(source, target))

    def _item(self, expr: Expr, index: int) -> Expr:
        if isinstance(expr, Tuple):
            return expr.fields[index]
        assert isinstance(expr, Var)
        return self.item(expr, index)


def _captured(function: Function) -> frozenset[Var]:
    """The variables that local functions mention."""
    local = [node for node, done in walk(function.body) if not done and isinstance(node, Function)]
    return frozenset(var for item in local for var in used_vars(item))


def _plain(value: Any) -> Any:
    """The value of an attribute, sequences of one kind."""
    return [*value] if isinstance(value, tuple) else value


def _has_unknown_rank(type_: Type | None) -> bool:
    if isinstance(type_, TupleType):
        return any(map(_has_unknown_rank, type_.fields))
    return isinstance(type_, TensorType) and type_.ndim < 0


def _moved(type_: Type, layout: Nested) -> Type | None:
    """The type that a value of a type has in a layout without blocks; None where that cannot be said."""
    if isinstance(layout, Fields):
        if not isinstance(type_, TupleType) or len(type_.fields) != len(layout.items):
            return None
        fields = [_moved(field, item) for field, item in zip(type_.fields, layout.items, strict=True)]
        known = [field for field in fields if field is not None]
        return TupleType(tuple(known)) if len(known) == len(fields) else None
    if layout is None or not isinstance(type_, TensorType):
        return type_
    return _permuted(type_, layout)


def _permuted(type_: TensorType, layout: Layout) -> TensorType | None:
    own = initial(len(layout))
    if layout == own:
        return type_
    axes = None if is_packed(layout) or type_.ndim != len(layout) else permutation(own, layout)
    if axes is None or (type_.shape is not None and type_.dims is None):
        return None
    dims = None if type_.dims is None else tuple([type_.dims[n] for n in axes])
    return TensorType(dims, type_.dtype, type_.vdevice, type_.ndim)
