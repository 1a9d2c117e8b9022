"""Where values are to be quantized (tvm.relay.quantize._annotate in TVM 0.19).

Rules, one for each operator (``FQAnnotateRewrite``), get a call, its new arguments and None; a quantized argument is a
:class:`QAnnotateExpr`. They return what becomes of the call, or None to leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from relay_compat.analysis import check_constant
from relay_compat.ir.expr import Call, Expr, Tuple, Var
from relay_compat.ir.temporary import TempExpr
from relay_compat.op.call import call
from relay_compat.op_attributes import declare, register_op_attr
from relay_compat.passes.building import is_call_of
from relay_compat.quantize.config import QAnnotateKind, current_qconfig
from relay_compat.quantize.context import quantize_context
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.node import node

__all__ = ["QAnnotateExpr", "QAnnotateKind", "attach_simulated_quantize", "register_annotate_function"]

KEY = "FQAnnotateRewrite"
QUANTIZE = "relay.op.annotation.simulated_quantize"
Rule = Callable[[Call, Sequence[Any], Any], "Expr | None"]
_INPUT, _WEIGHT, _ACTIVATION = QAnnotateKind.INPUT, QAnnotateKind.WEIGHT, QAnnotateKind.ACTIVATION


@node
class QAnnotateExpr(TempExpr):
    """A value in a field: that of the inputs of layers, or of their results."""

    expr: Expr
    kind: int

    def realize(self) -> Expr:
        """The value."""
        return self.expr


def forwarded(old: Call, args: Sequence[Expr]) -> Call:
    """The call with other arguments."""
    return Call(old.op, tuple(args), old.attrs, old.type_args, old.span)


def attach_simulated_quantize(data: Expr, kind: int, sign: bool = True, rounding: str = "round") -> Expr:
    """The value as if it were quantized, by scale and bounds that are new variables; a value marked alike stays, and a
    value has one mark of a kind.
    """
    if isinstance(data, Call) and is_call_of(data, QUANTIZE) and data.attrs is not None:
        same = data.attrs.kind == kind and data.attrs.sign == sign and data.attrs.rounding == rounding
        if same:
            return data
    marks, key = quantize_context().qnode_map, (data, kind, sign, rounding)
    if key not in marks:
        bounds = (Var("dom_scale"), Var("clip_min"), Var("clip_max"))
        marks[key] = call(QUANTIZE, data, *bounds, kind=kind, sign=sign, rounding=rounding)
    return marks[key]


def at_each_use(value: TempExpr) -> TempExpr:
    """What stands for a value that is used more than once: its inputs are quantized where it is made."""
    assert isinstance(value, QAnnotateExpr)
    return QAnnotateExpr(attach_simulated_quantize(value.expr, _INPUT), _INPUT)


def register_annotate_function(op_name: str, frewrite: Rule | None = None, level: int = 10) -> Any:
    """Register a rule; without one, the decorator that does. Operators that the configuration does not enable only get
    the values of their arguments.
    """

    def register(rule: Rule) -> Any:
        return register_op_attr(op_name, KEY, _guarded(rule), level)

    return register if frewrite is None else register(frewrite)


def _guarded(rule: Rule) -> Rule:
    def guarded(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
        if current_qconfig().guard(old):
            return rule(old, args, context)
        return forwarded(old, [_parts(arg)[0] for arg in args])

    return guarded


def _parts(value: Any) -> tuple[Expr, int | None]:
    return (value.expr, value.kind) if isinstance(value, QAnnotateExpr) else (value, None)


def _input(value: Expr, kind: int | None) -> Expr:
    """The value as an input of a layer."""
    return value if kind == _INPUT else attach_simulated_quantize(value, _INPUT)


def _layer(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    """Convolutions and dense layers: an input by a weight is a result."""
    del context
    if getattr(old.op, "name", "") == "nn.dense" and current_qconfig().skip_dense_layer:
        return None
    if quantize_context().check_to_skip(old):
        return None
    weight, kind = _parts(args[1])
    if kind is not None:
        raise _unexpected(old)
    operands = (_input(*_parts(args[0])), attach_simulated_quantize(weight, _WEIGHT))
    return QAnnotateExpr(forwarded(old, operands), _ACTIVATION)


def _batch_matmul(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    del context
    if quantize_context().check_to_skip(old):
        return None
    operands = [value if kind == _INPUT else _operand(value) for value, kind in map(_parts, args)]
    return QAnnotateExpr(forwarded(old, operands), _ACTIVATION)


def _operand(value: Expr) -> Expr:
    """The value as a weight if it is constant, else as an input."""
    return attach_simulated_quantize(value, _WEIGHT if check_constant(value) else _INPUT)


def _multiply(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    del context
    if quantize_context().check_to_skip(old):
        return None
    parts = [_parts(arg) for arg in args]
    places = [n for n, (_, kind) in enumerate(parts) if kind is not None]
    if not places:
        return None
    if len(places) > 1:
        raise _unexpected(old)
    other = parts[1 - places[0]][0]
    operands = [value for value, _ in parts]
    operands[places[0]] = _input(*parts[places[0]])
    operands[1 - places[0]] = _operand(other)
    return QAnnotateExpr(forwarded(old, operands), _ACTIVATION)


def _add(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    del context
    if quantize_context().check_to_skip(old):
        return None
    (left, left_kind), (right, right_kind) = map(_parts, args)
    if left_kind is None and right_kind is None:
        return None
    if left_kind is None:
        left = attach_simulated_quantize(left, _INPUT)
    elif right_kind is None:
        right = _operand(right)
    elif left_kind == right_kind == _ACTIVATION:
        right = attach_simulated_quantize(right, _INPUT)
    return QAnnotateExpr(forwarded(old, (left, right)), _ACTIVATION)


def _same(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    """Operators whose result is in the field of their argument."""
    del context
    value, kind = _parts(args[0])
    if quantize_context().check_to_skip(old) or kind is None:
        return None
    return QAnnotateExpr(forwarded(old, (value,)), kind)


def _pool(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    """Maxima of inputs are inputs."""
    del context
    value, kind = _parts(args[0])
    if quantize_context().check_to_skip(old) or kind is None:
        return None
    return QAnnotateExpr(forwarded(old, (_input(value, kind),)), _INPUT)


def _cast_hint(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    value, kind = _parts(args[0])
    if quantize_context().check_to_skip(old):
        return value
    return args[0] if kind is None else _pool(old, args, context)


def _concatenate(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    del context
    if quantize_context().check_to_skip(old) or not isinstance(args[0], Tuple):
        return None
    parts = [_parts(field) for field in args[0].fields]
    if all(kind is None for _, kind in parts):
        return None
    fields = [attach_simulated_quantize(value, _ACTIVATION) if kind is None else value for value, kind in parts]
    return QAnnotateExpr(forwarded(old, (Tuple(tuple(fields)),)), _ACTIVATION)


def _global_avg_pool2d(old: Call, args: Sequence[Any], context: Any) -> Expr | None:
    """The last that is quantized."""
    del context
    value, kind = _parts(args[0])
    if quantize_context().check_to_skip(old) or kind is None:
        return None
    quantize_context().stop_quantize()
    return forwarded(old, (value,))


def _unexpected(call: Call) -> Exception:
    return fail(
        codes.EXECUTION_FAILED,
        f"{getattr(call.op, 'name', 'a call')} of values that are quantized already",
        call.span,
        hint="leave its layer out by skip_conv_layers, or fold constants before",
    )


_FORWARDING = ("reshape", "clip", "nn.relu", "strided_slice", "nn.avg_pool2d", "nn.batch_flatten", "transpose",
               "annotation.stop_fusion")  # fmt: skip

_RULES: dict[str, Rule] = {
    "nn.conv1d": _layer,
    "nn.conv2d": _layer,
    "nn.dense": _layer,
    "nn.batch_matmul": _batch_matmul,
    "multiply": _multiply,
    "add": _add,
    **dict.fromkeys(_FORWARDING, _same),
    "nn.max_pool1d": _pool,
    "nn.max_pool2d": _pool,
    "annotation.cast_hint": _cast_hint,
    "concatenate": _concatenate,
    "nn.global_avg_pool2d": _global_avg_pool2d,
}
_BUILT_IN = {name: _guarded(rule) for name, rule in _RULES.items()}

declare(KEY, _BUILT_IN.get)
