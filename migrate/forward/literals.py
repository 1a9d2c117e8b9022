"""Function literals: private functions of the module, or closures of functions that they pass their arguments on to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import relax_core.ir.expr as relax
import relay_compat.ir.expr as relay
from migrate.forward.attributes import function_attrs
from migrate.forward.closures import Known
from migrate.forward.names import legal
from migrate.forward.types import result_type
from relax_core.ir.types import FuncType
from relax_core.types.leaves import type_of
from relay_compat.ir.types import FuncType as FuncTypeOfRelay
from tensor_core.module import GlobalVar
from tensor_core.trampoline import Steps
from tensor_core.types import Type

if TYPE_CHECKING:
    from migrate.forward.function import FunctionConverter, Place


def convert_literal(c: FunctionConverter, node: relay.Function) -> Steps[Known]:
    """A literal as a function of the module, and the values here of what it captures."""
    forwarded = _forwarded(c, node)
    if forwarded is not None:
        return forwarded
    shared, name = c.shared, c.bound_to.get(node)
    attrs = function_attrs(node.attrs, c.name, node.span, shared.report)
    inner = c.inside(node)
    carried = _Carried(lambda hint, type_: relax.Var(inner.emitter.names.unique(hint), inner.sizes.adopted(type_)))
    for captured in c.captures.of(node):
        if captured is not name:
            inner.env[captured] = carried.place(inner, c.place(captured))
    for constant in shared.constants.of(node):
        inner.env[constant] = carried.place(inner, c.place(constant))
    values = carried.values
    if c.is_external and not values:
        # A pattern within an external function stays inside it: that is how code generators read them.
        pattern: relax.Function = yield inner.convert(node, attrs)
        return Known(c.emitter.bind(pattern, name.name if name else ""))
    symbol = attrs.get("global_symbol")
    # A code generator knows a function by its symbol, which in Relax is its name.
    hint = legal(str(symbol)) if symbol else f"{legal(c.name)}_{legal(name.name) if name else 'fn'}"
    var = GlobalVar(shared.names.unique(hint))
    if symbol:
        attrs["global_symbol"] = var.name
    own = [inner.sizes.relax(param) for param in node.params]
    handed = inner.sizes.handed_in([*own, *(item.ty for item in values.values())])
    if handed is not None:
        values[handed[1]] = handed[0]
    variables = tuple(values.values())
    signature = node.checked_type
    assert isinstance(signature, FuncTypeOfRelay)
    params = [*own, *(item.ty for item in variables if item.ty)]
    result = inner.sizes.result(node, result_type(signature.ret_type, node.span), params)
    var.memo("checked", FuncType(tuple(params), result, node not in shared.effects.impure))
    if name is not None:
        inner.env[name] = Known(var, variables)
    shared.module[var] = yield inner.convert(node, attrs, variables)
    return Known(var, tuple(values))


def _forwarded(c: FunctionConverter, node: relay.Function) -> Known | None:
    """The function that a literal passes its arguments on to, with values from outside after them: its closure."""
    call, count = node.body, len(node.params)
    if not isinstance(call, relay.Call) or not isinstance(call.op, GlobalVar) or node.attrs:
        return None
    outside = set(c.captures.of(node))
    if call.args[:count] != node.params or not all(arg in outside for arg in call.args[count:]):
        return None
    known = c.global_function(call.op)
    return Known(known.name, (*map(c.value, call.args[count:]), *known.captured))


class _Carried:
    """What a literal takes from around it: ``values``, each with the variable that stands for it inside."""

    def __init__(self, variable: Callable[[str, Type | None], relax.Var]) -> None:
        self._variable = variable
        self.values: dict[relax.Expr, relax.Var] = {}

    def place(self, inner: FunctionConverter, place: Place) -> Place:
        """What stands inside for a place outside."""
        if isinstance(place, Known):
            return Known(place.name, tuple(self._value(inner, value) for value in place.captured))
        return self._value(inner, place)

    def _value(self, inner: FunctionConverter, value: relax.Expr) -> relax.Expr:
        if isinstance(value, relax.Constant):
            return value
        if isinstance(value, relax.Tuple):
            fields = tuple(self._value(inner, field) for field in value.fields)
            return inner.emitter.argument(relax.Tuple(fields, value.span))
        if value not in self.values:
            hint = value.name if isinstance(value, relax.Var) else "captured"
            self.values[value] = self._variable(hint, type_of(value))
        return self.values[value]
