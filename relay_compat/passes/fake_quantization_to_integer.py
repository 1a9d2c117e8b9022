"""FakeQuantizationToInteger: float operators between dequantize and quantize compute on the integers (TVM 0.19).

A region ends at a ``qnn.quantize`` and begins at ``qnn.dequantize`` and at constants. It is rewritten as a whole, by
one rule for each operator (``FTVMFakeQuantizationToInteger``), or stays as it is: where an operator has no rule, where
a rule raises, and where anything but data flow leads to the ``quantize``, a parameter among them. With ``use_qat`` the
operators of the regions that stayed are rewritten one by one where all their operands come from ``qnn.dequantize``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from relay_compat.ir.affine_type import AffineType, TensorAffineType, TupleAffineType
from relay_compat.ir.expr import Call, Constant, Function, Op, RelayExpr, Tuple, TupleGetItem
from relay_compat.ir.types import TensorType
from relay_compat.op.call import call
from relay_compat.passes.building import is_call_of
from relay_compat.structural import structural_equal
from relay_compat.transform.fake_quantization_to_integer import KEY, Rule
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.types.infer import infer_expr
from relay_compat.types.local import infer_type_local
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import Expr, IRModule
from tensor_core.node import Node
from tensor_core.passes import Contract, Pass, PassContext, PassInfo

OPTIONAL_KEY = "FTVMOptionalFakeQuantizationToInteger"
_QUANTIZE, _DEQUANTIZE = "qnn.quantize", "qnn.dequantize"

_ONE_BY_ONE = frozenset({
    "broadcast_to", "clip", "expand_dims", "max", "maximum", "min", "minimum", "nn.avg_pool2d", "nn.batch_flatten",
    "nn.batch_matmul", "nn.bias_add", "nn.conv2d", "nn.conv2d_transpose", "nn.dense", "nn.depth_to_space",
    "nn.global_avg_pool2d", "nn.max_pool2d", "nn.pad", "nn.relu", "reshape", "split", "squeeze", "strided_slice",
    "transpose",
})  # fmt: skip
"""The operators that ``use_qat`` rewrites by themselves: those that need no type of their result."""


def FakeQuantizationToInteger(
    hard_fail: bool = False, use_qat: bool = False, optional_qnn_ops: Collection[str] | None = None
) -> Pass:
    """The pass. ``optional_qnn_ops``: operators that may use rules registered as optional (``nn.softmax`` has one).

    With ``hard_fail`` a region that cannot be rewritten raises DiagnosticError (R2R0602).
    """
    optional = frozenset(optional_qnn_ops or ())

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        rules = _Rules(optional, hard_fail)
        done = _Regions(rules).rewrite(function)
        return _Single(rules).rewrite(infer_expr(done)) if use_qat else done

    required = ("InferType", "DivToMul")
    return FunctionPass(PassInfo(0, "FakeQuantizationToInteger", required, contract=Contract.APPROXIMATE), run)


class _Rules:
    """The rules in force, and what happens where they do not apply."""

    def __init__(self, optional: Collection[str], hard_fail: bool) -> None:
        self._optional = optional
        self._hard_fail = hard_fail

    def of(self, op: Op) -> Rule | None:
        found = op.get_attr(KEY)
        if found is None and op.name in self._optional:
            found = op.get_attr(OPTIONAL_KEY)
        return found

    def refused(self, end: Call, reason: str) -> Call:
        """The region as it is; DiagnosticError if it must not stay so."""
        if self._hard_fail:
            raise fail(
                codes.EXECUTION_FAILED,
                f"FakeQuantizationToInteger: {reason}",
                end.span,
                hint="register a rule with register_fake_quantization_to_integer, or leave hard_fail out",
            )
        return end

    def applied(self, end: Call, change: _Change) -> Any:
        """The region that ends in a call, changed; the call itself where a rule raises."""
        try:
            return change.rewrite(end)
        # As in TVM, whatever a rule raises says that it does not fit here, and rules are anybody's code.
        except Exception as error:
            return self.refused(end, f"{type(error).__name__}: {error}")


class _Regions(Rewriter):
    """Changes the region before each ``qnn.quantize``."""

    def __init__(self, rules: _Rules) -> None:
        super().__init__()
        self._rules = rules

    def leave(self, old: Node, new: Node) -> Node:
        if not _is_call(old, _QUANTIZE) or not _is_call(new, _QUANTIZE):
            return new
        found = _region(old)
        if found is None:
            return new
        calls, types = found
        self.done[old] = new
        rewritten = [self.done[node] for node in calls]
        silent = next((node for node in rewritten if not _has_rule(node, self._rules)), None)
        if silent is not None:
            name = silent.op.name if isinstance(silent, Call) and isinstance(silent.op, Op) else type(silent).__name__
            return self._rules.refused(new, f"no rule for {name}")
        known = {self.done[node]: type_ for node, type_ in types.items()}
        return self._rules.applied(new, _Change(self._rules, known, known[new]))


class _Single(Rewriter):
    """Changes single operators whose operands are dequantized."""

    def __init__(self, rules: _Rules) -> None:
        super().__init__()
        self._rules = rules

    def leave(self, old: Node, new: Node) -> Node:
        del old
        if not isinstance(new, Call) or not isinstance(new.op, Op):
            return new
        if new.op.name not in _ONE_BY_ONE or new.op.get_attr(KEY) is None:
            return new
        found = _operands(new)
        if not found:
            return new
        if any(not is_call_of(node, _DEQUANTIZE) for node in found):
            return self._rules.refused(new, f"an operand of {new.op.name} is not dequantized")
        change = _Change(self._rules, {node: _dequantized(node) for node in found}, None)
        made = self._rules.applied(new, change)
        if made is new:
            return new
        type_ = change.types[made]
        if not isinstance(type_, TensorAffineType):
            return self._rules.refused(new, f"{new.op.name} has several results")
        return call(_DEQUANTIZE, made, type_.scale, type_.zero_point, axis=type_.axis, out_dtype="float32")


class _Change(Rewriter):
    """Rewrites one region by the rules. ``types``: what is known of its expressions; ``result``: of what it ends in."""

    def __init__(self, rules: _Rules, types: dict[Any, AffineType], result: AffineType | None) -> None:
        super().__init__()
        self._rules = rules
        self.types = types
        self._result = result
        self._grids: dict[Any, AffineType] = {}

    def order(self, node: Node) -> Iterator[Node]:
        return iter(()) if is_call_of(node, _DEQUANTIZE) else super().order(node)

    def leave(self, old: Node, new: Node) -> Node:
        del old
        match new:
            case Call(op=Op()):
                return self._call(new)
            case Tuple():
                fields = [self.types[field] for field in new.fields]
                self.types[new] = TupleAffineType(tuple([_tensor(field) for field in fields]))
            case TupleGetItem():
                source = self.types[new.tuple_value]
                assert isinstance(source, TupleAffineType)
                self.types[new] = source.types[new.index]
            case _:
                pass
        return new

    def _call(self, new: Call) -> Expr:
        assert isinstance(new.op, Op)
        rule = self._rules.of(new.op)
        if rule is None:
            raise LookupError(f"no rule for {new.op.name}")
        if self._result is not None and new.op.name != _DEQUANTIZE:
            # For rules that cannot deduce the result from the operands: what the region ends in is the best guess.
            self.types[new] = self._result
        made, type_ = rule(new, self.types)
        if new.op.name == _DEQUANTIZE and not structural_equal(self._grids.setdefault(made, type_), type_):
            # TVM takes it for what it is on the last grid.
            raise ValueError("one value is dequantized by different numbers")
        self.types[made] = type_
        return made


def _is_call(node: Any, name: str) -> TypeGuard[Call]:
    return is_call_of(node, name)


def _has_rule(node: Any, rules: _Rules) -> bool:
    return isinstance(node, Call) and isinstance(node.op, Op) and rules.of(node.op) is not None


def _tensor(type_: AffineType) -> TensorAffineType:
    assert isinstance(type_, TensorAffineType)
    return type_


def _region(end: Call) -> tuple[list[Call], dict[Call, AffineType]] | None:
    """The calls that lead to a ``quantize``, and what is known of values; None unless all of it is data flow."""
    types: dict[Call, AffineType] = {end: _quantized(end)}
    seen = _visited(end.args[:1], types)
    return None if not seen else (seen, types)


def _operands(end: Call) -> list[Call]:
    """The calls that lead to a call, up to ``dequantize``; none unless all of it is data flow."""
    return _visited(end.args, {}) or []


def _visited(roots: Sequence[Expr], types: dict[Call, AffineType]) -> list[Call] | None:
    found: dict[Call, None] = {}
    seen: set[Node] = set()
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        match node:
            case Constant():
                pass
            case Tuple():
                stack.extend(reversed(node.fields))
            case TupleGetItem():
                stack.append(node.tuple_value)
            case Call(op=Op(name=name)):
                if name == _QUANTIZE:
                    types[node] = _quantized(node)
                    stack.append(node.args[0])
                    continue
                found[node] = None
                if name == _DEQUANTIZE:
                    types[node] = _dequantized(node)
                else:
                    stack.extend(reversed(node.args))
            case _:
                return None
    return list(found)


def _quantized(node: Call) -> TensorAffineType:
    attrs: Mapping[str, Any] = node.attrs or {}
    return TensorAffineType(node.args[1], node.args[2], attrs["out_dtype"], attrs["axis"])


def _dequantized(node: Call) -> TensorAffineType:
    data = node.args[0]
    assert isinstance(data, RelayExpr)
    type_ = getattr(data, "checked", None) or infer_type_local(data)
    assert isinstance(type_, TensorType)
    attrs: Mapping[str, Any] = node.attrs or {}
    return TensorAffineType(node.args[1], node.args[2], type_.dtype, attrs["axis"])
