"""What the functions of tvm.relax.op do with their arguments beside converting them, function by function.

An adaptation changes the bound arguments in place. It returns None, the name of another operator to call, or the whole
expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import Constant, Expr, PrimValue
from relax_core.ir.types import PrimType
from relax_core.op.convert import as_expr, as_prim, shown, with_type
from relax_core.op.reshape import new_shape
from relax_core.types.leaves import type_of
from tensor_core import codes, dtypes, prim
from tensor_core.diagnostics import fail
from tensor_core.releases import older
from tensor_core.tir.expr import IndexMap

__all__ = ["ADAPT"]

Adapt = Callable[[dict[str, Any], str], "Expr | str | None"]


def _window(rank: int, *names: str) -> Adapt:
    """Windows over ``rank`` dimensions: one number stands for each of them, and padding for both sides."""

    def adapt(arguments: dict[str, Any], release: str) -> None:
        del release
        for name in names:
            arguments[name] = _repeat(arguments[name], rank, name)
        groups = arguments.get("groups", 1)
        if isinstance(groups, int) and groups < 1:
            raise fail(codes.BAD_PARAMETER, f"the number of groups must be positive, got {groups}")
        if "padding" in arguments:
            arguments["padding"] = _padding(arguments["padding"], rank)
        layout = next((arguments[name] for name in ("data_layout", "layout") if name in arguments), None)
        if arguments.get("out_layout", "") is None:
            arguments["out_layout"] = layout

    return adapt


def _split(arguments: dict[str, Any], release: str) -> None:
    del release
    wanted = arguments["indices_or_sections"]
    if isinstance(wanted, int) and wanted <= 0:
        raise fail(codes.BAD_PARAMETER, f"indices_or_sections must ask for at least one section, got {wanted}")
    if isinstance(wanted, prim.PrimExpr) and not isinstance(wanted, prim.IntImm):
        raise fail(codes.TYPE_MISMATCH, "indices_or_sections must be a number or a list of places, got an expression")


def _repeat(value: Any, rank: int, name: str) -> Any:
    if isinstance(value, int):
        return (value,) * rank
    items = None if value is None else _list(value, name)
    if items is not None and len(items) == 1:
        return items * rank
    if items is not None and len(items) != rank:
        raise fail(codes.BAD_PARAMETER, f"{name} must have 1 or {rank} elements, got {shown(value)}")
    return items


def _padding(value: Any, rank: int) -> Any:
    if isinstance(value, int):
        return (value,) * (2 * rank)
    items = _list(value, "padding")
    if len(items) == 1:
        return items * (2 * rank)
    if len(items) == rank:
        return items * 2
    if len(items) != 2 * rank:
        raise fail(codes.BAD_PARAMETER, f"padding must have 1, {rank} or {2 * rank} elements, got {shown(value)}")
    return items


def _list(value: Any, name: str) -> tuple[Any, ...]:
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise fail(codes.BAD_ATTRIBUTE, f"attribute {name} must be an integer or a list of them, not {shown(value)}")
    return tuple(cast("Sequence[Any]", value))


def _sequence(*names: str) -> Adapt:
    """One number stands for a list of one."""

    def adapt(arguments: dict[str, Any], release: str) -> None:
        del release
        for name in names:
            if isinstance(arguments[name], int):
                arguments[name] = (arguments[name],)

    return adapt


def _attention(arguments: dict[str, Any], release: str) -> str:
    del release
    if arguments["bias"] is None:
        del arguments["bias"]
        return "relax.nn.attention"
    return "relax.nn.attention_bias"


def _var_len(arguments: dict[str, Any], release: str) -> None:
    del release
    if arguments["seqstart_k"] is None:
        arguments["seqstart_k"] = arguments["seqstart_q"]
    if arguments["max_seqlen_k"] is None:
        arguments["max_seqlen_k"] = arguments["max_seqlen_q"]
    order = ("queries", "keys", "values", "seqstart_q", "seqstart_k", "max_seqlen_q", "max_seqlen_k")
    for name in order:
        arguments[name] = arguments.pop(name)


def _arange(arguments: dict[str, Any], release: str) -> None:
    del release
    if arguments["end"] is None:
        arguments["start"], arguments["end"] = 0, arguments["start"]
    parts = [as_expr(arguments[name]) for name in ("start", "end", "step")]
    if arguments["dtype"] is None:
        types = [type_of(item) for item in parts]
        whole = all(isinstance(item, PrimType) and dtypes.is_int(item.dtype) for item in types)
        arguments["dtype"] = "int64" if whole else "float32"


def _eye(arguments: dict[str, Any], release: str) -> None:
    del release
    if arguments["m"] is None:
        arguments["m"] = arguments["n"]


def _resize(rank: int) -> Adapt:
    def adapt(arguments: dict[str, Any], release: str) -> None:
        del release
        roi, size = arguments["roi"], arguments["size"]
        if roi is None or isinstance(roi, (int, float)):
            roi = (float(roi or 0.0),) * (2 * rank)
        elif not isinstance(roi, (tuple, list)):
            raise fail(codes.BAD_ATTRIBUTE, f"attribute roi must be a number or a list of them, not {shown(roi)}")
        arguments["roi"] = roi
        if isinstance(size, int) or (not hasattr(size, "ty") and not isinstance(size, (tuple, list))):
            size = (size,) * rank
        elif isinstance(size, (tuple, list)) and len(size) == 1:  # pyright: ignore
            size = tuple(size) * rank  # pyright: ignore
        arguments["size"] = size

    return adapt


def _reshape(arguments: dict[str, Any], release: str) -> None:
    del release
    arguments["shape"] = new_shape(arguments["x"], arguments["shape"])


def _layout_transform(arguments: dict[str, Any], release: str) -> None:
    del release
    made = arguments["index_map"]
    if callable(made):
        count = len(signature(made).parameters)
        places = tuple(prim.Var(f"i{place}", "int64") for place in range(count))
        arguments["index_map"] = IndexMap(places, tuple(map(as_prim, _flat(made(*places)))))
    pad, held = arguments["pad_value"], type_of(arguments["x"])
    dtype = getattr(held, "dtype", "")
    if isinstance(pad, bool | int | float) and dtype:
        if isinstance(pad, float) and not dtypes.is_float(dtype):
            # Not rounded silently: deduction refuses it.
            dtype = "float32"
        arguments["pad_value"] = with_type(PrimValue(prim.const(pad, dtype)))


def _flat(value: Any) -> list[Any]:
    """The final indices; marks that separate axes are no indices."""
    listed = cast("Sequence[Any]", value) if isinstance(value, list | tuple) else (value,)
    return [item for item in listed if isinstance(item, int | prim.PrimExpr)]


def _no_exclusive(arguments: dict[str, Any], release: str) -> None:
    del release
    if arguments["exclusive"] is None:
        arguments["exclusive"] = False


def _pad(arguments: dict[str, Any], release: str) -> None:
    """Before 0.20 the filler is an operand, and a number a constant of its own kind."""
    value = arguments["pad_value"]
    if older(release, "0.20") and isinstance(value, (int, float)):
        dtype = "bool" if isinstance(value, bool) else "int32" if isinstance(value, int) else "float32"
        arguments["pad_value"] = with_type(Constant(np.asarray(value, dtype)))


def _pair(name: str) -> Adapt:
    def adapt(arguments: dict[str, Any], release: str) -> None:
        del release
        if isinstance(arguments[name], int):
            arguments[name] = (arguments[name],) * 2

    return adapt


_STRIDES = ("strides", "dilation")
_POOL = ("pool_size", *_STRIDES)


def _nll_loss(arguments: dict[str, Any], release: str) -> None:
    del release
    reduction = arguments["reduction"]
    if reduction not in ("none", "sum", "mean"):
        raise fail(codes.BAD_PARAMETER, f"the reduction must be none, sum or mean, got {reduction}")


ADAPT: Mapping[str, Adapt] = {
    **{f"nn.conv{rank}d": _window(rank, *_STRIDES) for rank in (1, 2, 3)},
    **{f"nn.conv{rank}d_transpose": _window(rank, *_STRIDES, "output_padding") for rank in (1, 2, 3)},
    **{f"nn.{kind}_pool{rank}d": _window(rank, *_POOL) for kind in ("max", "avg") for rank in (1, 2, 3)},
    **{f"nn.adaptive_avg_pool{rank}d": _window(rank, "output_size") for rank in (1, 2, 3)},
    **{f"grad.{kind}_pool2d_backward": _window(2, *_POOL) for kind in ("max", "avg")},
    **{f"nn.{name}": _sequence("axes") for name in ("layer_norm", "group_norm", "instance_norm", "rms_norm")},
    **{
        name: _sequence("axis")
        for name in (
            "expand_dims", "squeeze", "sum", "mean", "max", "min", "prod", "std", "variance", "median",
        )
    },
    "reshape": _reshape,
    "layout_transform": _layout_transform,
    "split": _split,
    "tile": _sequence("repeats"),
    "nn.pad": _pad,
    "nn.nll_loss": _nll_loss,
    "nn.attention": _attention,
    "nn.attention_var_len": _var_len,
    "arange": _arange,
    "eye": _eye,
    "image.resize2d": _resize(2),
    "image.resize3d": _resize(3),
    "image.affine_grid": _pair("size"),
    "cumsum": _no_exclusive,
    "cumprod": _no_exclusive,
    "vision.roi_align": _pair("pooled_size"),
    "vision.roi_pool": _pair("pooled_size"),
}  # fmt: skip
