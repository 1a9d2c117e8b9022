"""Rewritings of layers: scales, parallel branches, products, layouts, element types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import relay_compat.layouts.table as layout_table
import relay_compat.passes.backward_fold_scale_axis as backward_scale
import relay_compat.passes.combine_parallel_batch_matmul as batches
import relay_compat.passes.combine_parallel_dense as dense
import relay_compat.passes.forward_fold_scale_axis as forward_scale
import relay_compat.passes.scale_axis as scale_axis
import relay_compat.transform as relay_passes
from faults.frame import Bug, bug, chained, meaning, types
from migrate.verify.generate import Program
from migrate.verify.generate.features import PURE, Feature
from migrate.verify.generate.skeletons import LAYERS, PATTERNS
from migrate.verify.properties import Check, Property
from migrate.verify.properties.equivalence import Transform, keeps_meaning
from migrate.verify.verdict import Outcome
from relay_compat.fragment import RelayFragment
from relay_compat.ir.expr import Call, Op
from relay_compat.layouts.inferred import InferCorrectLayoutOutput, changed
from relay_compat.passes.building import expand_to_axis
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.node import Node

PLAIN = PURE - {Feature.CLOSURE, Feature.GLOBAL}


def _always(*_: Any) -> bool:
    return True


def _typed(*transforms: Any) -> Any:
    return chained(infer_types, *transforms, infer_types)


def _scales() -> Any:
    passes = (relay_passes.SimplifyInference, relay_passes.ForwardFoldScaleAxis, relay_passes.BackwardFoldScaleAxis)
    return _typed(*(make() for make in passes))


def _next_axis(scale: Any, shape: Any, axes: tuple[int, ...]) -> Any:
    """A factor is spread along the axis behind its own where that has the same extent."""
    if len(axes) != 1:
        return _TO_AXES(scale, shape, axes)
    axis = axes[0]
    other = (axis + 1) % len(shape)
    return expand_to_axis(scale, len(shape), other if shape[other] == shape[axis] else axis)


_TO_AXES = scale_axis.to_axes


def _last_axis(self: Any, data: Any, branches: Any, depth: int) -> Iterator[Any]:
    """Every branch gets a part of the last axis, wherever its units have gone."""
    del self
    start = 0
    for branch in branches:
        shape = dense.static(dense.tensor_type(branch[depth]).shape)
        size = dense.static(dense.tensor_type(branch[0]).shape)[1]
        begin, end = [0] * len(shape), [-1] * len(shape)
        begin[-1], end[-1] = start, size
        start += size
        yield dense.call(
            "strided_slice", data, begin=begin, end=end, strides=[1] * len(shape), axes=None, slice_mode="size"
        )


# ---------------------------------------------------------------- small rewritings, right and wrong


class _Calls(Rewriter):
    """Replaces the calls of one operator."""

    def __init__(self, name: str, change: Callable[[Call], Any]) -> None:
        super().__init__()
        self._name = name
        self._change = change

    def leave(self, old: Node, new: Node) -> Node:
        if not isinstance(old, Call) or not isinstance(old.op, Op) or old.op.name != self._name:
            return new
        assert isinstance(new, Call)
        new.memo("checked", old.checked)
        for before, after in zip(old.args, new.args, strict=True):
            if getattr(after, "checked", None) is None:
                after.memo("checked", getattr(before, "checked", None))
        made = self._change(new)
        return new if made is None else made


def rewriting(name: str, change: Callable[[Call], Any]) -> Any:
    """A transformation of the calls of one operator."""

    def run(module: Any) -> Any:
        result = module.copy()
        for var, function in module.functions.items():
            result.functions[var] = _Calls(name, change).rewrite(function)
        return infer_types(result)

    return run


def _is(expr: Any, name: str) -> bool:
    return isinstance(expr, Call) and isinstance(expr.op, Op) and expr.op.name == name


def _reordered(*, keep: bool) -> Callable[[Call], Any]:
    """``(a b) c`` as ``a (b c)``; the element type of results is kept, or lost."""

    def change(call: Call) -> Any:
        inner = call.args[0]
        if not _is(inner, "nn.matmul") or not isinstance(inner, Call):
            return None
        build = RelayFragment()
        a, b = inner.args
        c = call.args[1]
        wide = build.tensor_type(call).dtype
        if build.tensor_type(inner).dtype != wide or build.tensor_type(b).dtype != "int8":
            return None
        dtype = {"out_dtype": wide} if keep else {}
        if keep:
            a, b = (build.call("cast", item, dtype=wide) for item in (a, b))
            return build.call("nn.matmul", a, build.call("nn.matmul", b, c))
        narrow = build.call("cast", c, dtype="int8")
        product = build.call("nn.matmul", b, narrow, **dtype)
        return build.call("cast", build.call("nn.matmul", a, product), dtype=wide)

    return change


def _into_dense(*, ask: bool) -> Callable[[Call], Any]:
    """A product with a transposed matrix as ``nn.dense``; whether it is transposed is asked, or believed."""

    def change(call: Call) -> Any:
        right = call.args[1]
        if not _is(right, "transpose") or not isinstance(right, Call) or right.attrs is None:
            return None
        axes = right.attrs.axes
        if ask and [int(axis) for axis in axes or (1, 0)] != [1, 0]:
            return None
        build = RelayFragment()
        if build.tensor_type(right.args[0]).rank != 2:
            return None
        source = right.args[0]
        if build.tensor_type(source).shape[1] != build.tensor_type(call.args[0]).shape[1]:
            return None
        return build.call("nn.dense", call.args[0], source, transpose_b=True)

    return change


def _taken_later(*, mode: bool) -> Callable[[Call], Any]:
    """Rows that are taken before a product are taken behind it; what becomes of indices outside is kept, or lost."""

    def change(call: Call) -> Any:
        rows = call.args[0]
        if not _is(rows, "take") or not isinstance(rows, Call) or rows.attrs is None or rows.attrs.axis is None:
            return None
        build = RelayFragment()
        source, indices = rows.args
        product = build.call("nn.matmul", source, call.args[1])
        how = str(rows.attrs.mode) if mode else ("wrap" if rows.attrs.mode == "clip" else "clip")
        return build.call("take", product, indices, axis=0, out_of_range=how)

    return change


# ---------------------------------------------------------------- layouts

_SLICE = layout_table.RULES["strided_slice"]


def _unmoved(name: str) -> Any:
    """A rule of layouts that follows its producer and leaves the attributes as they were."""
    right = layout_table.RULES[name]

    def rule(attrs: Any, new: Any, old: Any, types: Any) -> Any:
        found = right(attrs, new, old, types)
        return InferCorrectLayoutOutput(found.input_layouts, found.output_layouts, attrs)

    return rule


def _narrow_bounds(attrs: Any, new: Any, old: Any, types: Any) -> Any:
    """Bounds of slices go through 32 bits."""
    found = _SLICE(attrs, new, old, types)
    assert found.new_attrs is not None
    end = tuple(int(value) & 0xFFFFFFFF for value in found.new_attrs.end)
    end = tuple(value - 2**32 if value >= 2**31 else value for value in end)
    return InferCorrectLayoutOutput(found.input_layouts, found.output_layouts, changed(found.new_attrs, end=end))


def _with_layouts(transform: Transform) -> Property:
    """The property of ConvertLayout, where layouts fit together: TVM 0.19 refuses a pool behind a product of rank 4,
    too.
    """
    subject = keeps_meaning("ConvertLayout", transform)

    def check(program: Program) -> Check:
        found = subject.check(program)
        refused = found.failed and found.key.endswith(codes.ILL_FORMED.id)
        return replace(found, outcome=Outcome.INCONCLUSIVE) if refused else found

    return replace(subject, check=check)


def bugs() -> Iterator[Bug]:
    around: dict[str, Any] = {"features": PLAIN, "around": LAYERS}
    scales = _scales()
    yield bug(
        "26", "#2182, #2340", "a factor goes through relu though it may be negative", "relu between factor and layer",
        meaning("FoldScaleAxis"), scales, (scale_axis, "is_positive", _always), **around,
    )  # fmt: skip
    yield bug(
        "27", "#13359, #17151", "a folded factor is spread along another axis", "factor along channels, square kernel",
        meaning("FoldScaleAxis"), scales, (scale_axis, "to_axes", _next_axis), (forward_scale, "to_axes", _next_axis),
        (backward_scale, "to_axes", _next_axis), **around,
    )  # fmt: skip
    yield bug(
        "28", "#13597", "combined dense layers are cut along the last axis after expand_dims",
        "three dense layers of one input, expand_dims behind", meaning("CombineParallelDense"),
        _typed(relay_passes.CombineParallelDense(3, False)), (dense._ToDense, "parts", _last_axis), **around,
    )  # fmt: skip
    yield bug(
        "29", "#20203, #20197, #20205", "products are combined though some of their operands are transposed",
        "products of one input, some with a transposed operand", meaning("CombineParallelBatchMatmul"),
        _typed(relay_passes.CombineParallelBatchMatmul(2)), (batches._BatchMatmul, "alike", _always), **around,
    )  # fmt: skip
    patterns: dict[str, Any] = {"features": PLAIN, "around": PATTERNS}
    yield bug(
        "30", "#20198, #20202", "products in another order lose the element type of the result",
        "product of three int8 matrices", meaning("product order"), rewriting("nn.matmul", _reordered(keep=True)),
        rewriting("nn.matmul", _reordered(keep=False)), **patterns,
    )  # fmt: skip
    yield bug(
        "31", "#20277", "a transpose that moves nothing is taken for one of a matrix", "product with a square matrix",
        meaning("product with a transpose"), rewriting("nn.matmul", _into_dense(ask=True)),
        rewriting("nn.matmul", _into_dense(ask=False)), **patterns,
    )  # fmt: skip
    yield bug(
        "32", "#20201", "rows taken behind a product lose what indices outside mean", "take with indices outside",
        meaning("take behind a product"), rewriting("nn.matmul", _taken_later(mode=True)),
        rewriting("nn.matmul", _taken_later(mode=False)), **patterns,
    )  # fmt: skip
    layouts = _typed(relay_passes.ConvertLayout({"nn.conv2d": ["NHWC", "default"]}))
    yield bug(
        "33", "#8759, #9813, #10109, #10690", "operators behind a new layout keep the axes that they named",
        "convolution, then concatenate, a slice, argmin or transpose", _with_layouts, layouts,
        *((layout_table.RULES, name, _unmoved(name)) for name in ("strided_slice", "argmin", "concatenate")), **around,
    )  # fmt: skip
    yield bug(
        "34", "#8022", "bounds of a slice behind a new layout go through 32 bits", "convolution, then a slice",
        _with_layouts, layouts, (layout_table.RULES, "strided_slice", _narrow_bounds), **around,
    )  # fmt: skip
    yield bug(
        "35", "#17263, #11142", "mixed precision changes the element type of the result", "convolution or dense",
        types("mixed precision"), infer_types, _typed(relay_passes.ToMixedPrecision(missing_op_mode=2)), **around,
    )  # fmt: skip
