"""ToMixedPrecision: operators compute in float16 or bfloat16 where that is worth it and safe (TVM 0.19).

Each operator's ``FTVMMixedPrecisionConversionType`` says whether it always does, never does, or does where all its
operands are in few bits already; variables and constants count as such, for they can be cast. Values go to float32
where they may not stay. Parameters keep their types, results take those that come about.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from relay_compat.ir.adt import Constructor
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, Let, Op, RelayExpr, Tuple, TupleGetItem, Var
from relay_compat.ir.types import TensorType, TupleType, Type
from relay_compat.layouts.inferred import changed
from relay_compat.op.call import call
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.transform.mixed_precision import (
    KEY,
    MIXED_PRECISION_ALWAYS,
    MIXED_PRECISION_FOLLOW,
    MIXED_PRECISION_NEVER,
)
from relay_compat.types.local import infer_type_local
from relay_compat.visit import Rewriter
from tensor_core import codes, dtypes
from tensor_core.attrs import Attrs
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Contract, Pass, PassContext, PassInfo

_LOG = logging.getLogger(__name__)
_KEEP_OUTPUT = "relay.ToMixedPrecision.keep_orig_output_dtype"

_ACCUMULATING = frozenset(
    f"relay.attrs.{name}Attrs"
    for name in (
        "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv2DWinograd",
        "Conv2DWinogradNNPACKWeightTransform", "DeformableConv2D", "Conv3D", "Conv3DTranspose", "Conv3DWinograd",
        "Dense", "BatchMatmul",
    )
)  # fmt: skip
"""Structs of attributes whose ``out_dtype`` says in what an operator accumulates."""
_CREATING = "relay.attrs.InitOpAttrs"
_LARGEST = {"float16": 65504.0, "bfloat16": 3.895313892515355e38}
"""Bounds beyond which ``clip`` does not compute in few bits. TVM's for bfloat16 is not the largest one."""


def ToMixedPrecision(mixed_precision_type: str = "float16", missing_op_mode: int = 1) -> Pass:
    """The pass. ``missing_op_mode``: operators without a category raise DiagnosticError R2R0602 (0), are logged (1),
    or not (2); they follow their operands. ValueError for another mode or a type that is not a float.
    """
    if missing_op_mode not in (0, 1, 2):
        raise ValueError(f"missing_op_mode must be either 0, 1, or 2 got {missing_op_mode}")
    if not dtypes.is_float(mixed_precision_type):
        raise ValueError(f"only floats can be mixed precision types, not {mixed_precision_type}")

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del module
        root = function.body if context.config.get(_KEEP_OUTPUT) else None
        mixed = _Mixed(mixed_precision_type, root)
        result = mixed.rewrite(function)
        _tell(mixed.missing, missing_op_mode)
        return result

    return FunctionPass(PassInfo(0, "ToMixedPrecision", contract=Contract.APPROXIMATE), run)


def _tell(missing: Counter[str], mode: int) -> None:
    if mode == 2:
        return
    for name, count in missing.items():
        _LOG.warning('Op "%s" not registered %s appears %d times in graph.', name, KEY, count)
    if missing and mode == 0:
        hint = "register them with register_mixed_precision_conversion"
        raise fail(codes.EXECUTION_FAILED, f"no {KEY} of {', '.join(missing)}", hint=hint)


class _Mixed(Rewriter):
    """``root``: the expression whose element types are to stay; None where they need not."""

    def __init__(self, dtype: str, root: Expr | None) -> None:
        super().__init__()
        self._dtype = dtype
        self._root = root
        self._kept = _element_types(root)
        self._casts: dict[tuple[Node, str], Expr] = {}
        self.missing: Counter[str] = Counter()

    def order(self, node: Node) -> Iterator[Node]:
        if not isinstance(node, Let):
            yield from super().order(node)
            return
        var = node.var.replace()
        var.memo("checked", node.var.checked)
        # A recursive function knows its variable by the type that it had, until all of it is rewritten.
        self.done[node.var] = var
        yield node.value
        type_ = _type(self.done[node.value])
        var.memo("type_annotation", type_)
        var.memo("checked", type_)
        yield node.body

    def leave(self, old: Node, new: Node) -> Node:
        match new:
            case Function():
                return new.replace(ret_type=None) if new.ret_type is not None else new
            case Call():
                assert isinstance(old, Call)
                return self._call(old, new)
            case Tuple() if old is self._root:
                return self._as_before(new)
            case _:
                return new

    def _as_before(self, new: Tuple) -> Tuple:
        items = [TupleGetItem(new, n) for n in range(len(self._kept))]
        fields = [self._cast(item, _type(item), dtype) for item, dtype in zip(items, self._kept, strict=True)]
        same = all(field is item for field, item in zip(fields, items, strict=True))
        return new if same else Tuple(tuple(fields))

    def _call(self, old: Call, new: Call) -> Expr:
        if isinstance(new.op, (GlobalVar, Constructor, Let, Var)):
            return new
        category, accumulator, result = self._conversion(old, new)
        types = [_type(arg) for arg in new.args]
        if category == MIXED_PRECISION_FOLLOW:
            fits = all(map(self._can_be_mixed, new.args, types))
            category = MIXED_PRECISION_ALWAYS if fits else MIXED_PRECISION_NEVER
        is_mixed = category == MIXED_PRECISION_ALWAYS and self._can_hold(old.attrs)
        wanted = self._dtype if is_mixed else "float32"
        args = tuple([self._cast(arg, type_, wanted) for arg, type_ in zip(new.args, types, strict=True)])
        if not is_mixed:
            return new.replace(args=args)
        made: Expr = new.replace(args=args, attrs=_accumulating(old.attrs, accumulator))
        if accumulator != result:
            made = self._cast(made, _type(made), result)
        if old is self._root and self._kept[0] != result:
            made = self._cast(made, _type(made), self._kept[0])
        return made

    def _conversion(self, old: Call, new: Call) -> tuple[int, str, str]:
        """The category, the type to accumulate in and the type of results."""
        if isinstance(new.op, Function):
            return MIXED_PRECISION_NEVER, "float32", "float32"
        if not isinstance(new.op, Op):
            message = f"ToMixedPrecision does not know calls of a {type(new.op).__name__}"
            raise fail(codes.EXECUTION_FAILED, message, old.span, hint="bind the function with let, or inline it")
        rule = new.op.get_attr(KEY)
        if rule is None:
            self.missing[new.op.name] += 1
            return MIXED_PRECISION_FOLLOW, self._dtype, self._dtype
        category, accumulator, result = rule(old, self._dtype)
        return int(category), str(accumulator), str(result)

    def _can_be_mixed(self, arg: Expr, type_: Type) -> bool:
        return isinstance(arg, (Var, Constant)) or self._is_mixed(type_)

    def _is_mixed(self, type_: Type) -> bool:
        """Whether every float in it is of the wanted type."""
        if isinstance(type_, TupleType):
            return all(map(self._is_mixed, type_.fields))
        dtype = _tensor(type_).dtype
        return dtype == self._dtype or not dtypes.is_float(dtype)

    def _can_hold(self, attrs: Attrs | None) -> bool:
        """Whether the numbers in attributes are within the wanted type's range."""
        if attrs is None or attrs.type_key != "relay.attrs.ClipAttrs":
            return True
        bound = _LARGEST.get(self._dtype, dtypes.highest("float32"))
        return attrs["a_min"] >= -bound and attrs["a_max"] <= bound

    def _cast(self, expr: Expr, type_: Type, dtype: str) -> Expr:
        """The expression with floats of a type; itself where they are so already."""
        if not isinstance(type_, TupleType):
            return self._cast_tensor(expr, _tensor(type_).dtype, dtype)
        items = [TupleGetItem(expr, n) for n in range(len(type_.fields))]
        fields = [self._cast(item, field, dtype) for item, field in zip(items, type_.fields, strict=True)]
        same = all(field is item for field, item in zip(fields, items, strict=True))
        return expr if same else Tuple(tuple(fields))

    def _cast_tensor(self, expr: Expr, source: str, dtype: str) -> Expr:
        if not dtypes.is_float(source) or source == dtype:
            return expr
        known = self._casts.get((expr, dtype))
        if known is None:
            known = self._casts[expr, dtype] = call("cast", expr, dtype=dtype)
            # To cast back is to take what there was.
            self._casts[known, source] = expr
        return known


def _element_types(root: Expr | None) -> Sequence[str]:
    type_ = getattr(root, "checked", None)
    if isinstance(root, Tuple) and isinstance(type_, TupleType):
        return [_tensor(field).dtype for field in type_.fields]
    return [_tensor(type_).dtype] if isinstance(root, Call) else []


def _accumulating(attrs: Attrs | None, dtype: str) -> Attrs | None:
    if attrs is None:
        return None
    name = "out_dtype" if attrs.type_key in _ACCUMULATING else "dtype" if attrs.type_key == _CREATING else ""
    if not name or (attrs[name] and not dtypes.is_float(attrs[name])):
        return attrs
    return changed(attrs, **{name: dtype})


def _type(expr: Any) -> Type:
    assert isinstance(expr, RelayExpr)
    return getattr(expr, "checked", None) or infer_type_local(expr)


def _tensor(type_: Any) -> TensorType:
    if not isinstance(type_, TensorType):
        message = f"ToMixedPrecision knows tensors and tuples of them, not {type_}"
        raise fail(codes.EXECUTION_FAILED, message, hint="exclude the function with the attribute SkipOptimization")
    return type_
