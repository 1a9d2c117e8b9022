"""Operators of neural networks beside convolutions and pools (tvm.relay.op.nn.nn in TVM 0.19)."""

from __future__ import annotations

from typing import Any

from relay_compat.ir.expr import Constant, Expr
from relay_compat.ir.make import const
from relay_compat.ir.tuple_wrapper import TupleWrapper
from relay_compat.op.call import call
from relay_compat.op.declare import apply, declared
from relay_compat.op.normal import as_const, known_number, numbers, times


def upsampling(
    data: Expr,
    scale_h: Any = 1,
    scale_w: Any = 1,
    layout: str = "NCHW",
    method: str = "nearest_neighbor",
    align_corners: bool = False,
) -> Expr:
    """Images scaled by factors; where one is an expression, but no constant, dyn.nn.upsampling is called."""
    attrs = {"layout": layout, "method": method, "align_corners": align_corners}
    return _scaled("upsampling", data, {"scale_h": scale_h, "scale_w": scale_w}, attrs)


def upsampling3d(
    data: Expr,
    scale_d: Any = 1,
    scale_h: Any = 1,
    scale_w: Any = 1,
    layout: str = "NCDHW",
    method: str = "nearest_neighbor",
    coordinate_transformation_mode: str = "half_pixel",
) -> Expr:
    """Volumes scaled by factors; where one is an expression, but no constant, dyn.nn.upsampling3d is called."""
    attrs = {"layout": layout, "method": method, "coordinate_transformation_mode": coordinate_transformation_mode}
    return _scaled("upsampling3d", data, {"scale_d": scale_d, "scale_h": scale_h, "scale_w": scale_w}, attrs)


def _scaled(name: str, data: Expr, scales: dict[str, Any], attrs: dict[str, Any]) -> Expr:
    known = {key: known_number(scale) for key, scale in scales.items()}
    if not any(isinstance(scale, Expr) for scale in known.values()):
        return call(f"nn.{name}", data, **known, **attrs)
    operands = map(as_const("float64"), known.values())
    return call(f"dyn.nn.{name}", data, *operands, **dict.fromkeys(known, 0.0), **attrs)


def matmul(
    tensor_a: Expr,
    tensor_b: Expr,
    units: Any = None,
    out_dtype: str = "",
    transpose_a: bool = False,
    transpose_b: bool = False,
) -> Expr:
    """A matrix product; that of a matrix and a transposed one is a call of nn.dense."""
    attrs = {"units": units, "out_dtype": out_dtype}
    if transpose_b and not transpose_a:
        return apply("nn.dense", {"tensor_a": tensor_a, "tensor_b": tensor_b, **attrs})
    operands = {"tensor_a": tensor_a, "tensor_b": tensor_b}
    return apply("nn.matmul", {**operands, **attrs, "transpose_a": transpose_a, "transpose_b": transpose_b})


def pad(data: Expr, pad_width: Any, pad_value: Any = 0, pad_mode: str = "constant") -> Expr:
    """The tensor with margins; widths that are an expression, but no constant, make a call of dyn.nn.pad."""
    value = pad_value if isinstance(pad_value, Expr) else const(pad_value)
    if isinstance(pad_width, Constant):
        pad_width = numbers(pad_width.data)
    if isinstance(pad_width, Expr):
        return call("dyn.nn.pad", data, pad_width, value, pad_width=[], pad_mode=pad_mode)
    return call("nn.pad", data, value, pad_width=pad_width, pad_mode=pad_mode)


def dropout(data: Expr, rate: float = 0.5) -> Expr:
    """The first result of nn.dropout."""
    return TupleWrapper(dropout_raw(data, rate), 2)[0]


@declared("nn.dropout")
def dropout_raw(data: Expr, rate: float = 0.5) -> None:
    """Values dropped at random when training; answers values and mask as one tuple."""


@declared("nn.batch_norm", results=3)
def batch_norm(
    data: Expr,
    gamma: Expr,
    beta: Expr,
    moving_mean: Expr,
    moving_var: Expr,
    axis: int = 1,
    epsilon: float = 1e-05,
    center: bool = True,
    scale: bool = True,
) -> None:
    """Batch normalisation: the result, the mean and the variance."""


@declared("nn.group_norm")
def group_norm(
    data: Expr,
    gamma: Expr,
    beta: Expr,
    num_groups: int,
    axis: int = 1,
    epsilon: float = 1e-05,
    center: bool = True,
    scale: bool = True,
) -> None:
    """Normalisation of groups of channels."""


@declared("nn.l2_normalize")
def l2_normalize(data: Expr, eps: float, axis: Any = None) -> None:
    """Values divided by the root of their sum of squares."""


@declared("nn.lrn")
def lrn(
    data: Expr, size: int = 5, axis: int = 1, bias: float = 2, alpha: float = 1e-05, beta: float = 0.75
) -> None:  # fmt: skip
    """Normalisation by the values of neighbouring channels."""


@declared("nn.contrib_dense_pack")
def contrib_dense_pack(
    data: Expr, weight: Expr, weight_layout: str = "NC", units: Any = None, out_dtype: str = ""
) -> None:
    """A matrix product with a weight in blocks."""


def sparse_dense(dense_mat: Expr, sparse_mat: Any, sparse_lhs: bool = False) -> Expr:
    """The product of a dense matrix and a sparse one, given as data, indices and row starts or with these as fields."""
    return call("nn.sparse_dense", dense_mat, *_parts(sparse_mat), sparse_lhs=sparse_lhs)


def sparse_transpose(x: Any) -> TupleWrapper:
    """The transpose of a sparse matrix: data, indices and row starts."""
    return TupleWrapper(call("nn.sparse_transpose", *_parts(x)), 3)


def sparse_add(dense_mat: Expr, sparse_mat: Any) -> Expr:
    """The sum of a dense matrix and a sparse one."""
    return call("nn.sparse_add", dense_mat, *_parts(sparse_mat))


def _parts(matrix: Any) -> tuple[Expr, Expr, Expr]:
    if hasattr(matrix, "indices"):
        return matrix.data, matrix.indices, matrix.indptr
    return matrix[0], matrix[1], matrix[2]


@declared("nn.correlation", padding=times(2))
def correlation(
    data1: Expr,
    data2: Expr,
    kernel_size: int,
    max_displacement: int,
    stride1: int,
    stride2: int,
    padding: Any,
    is_multiply: bool,
    layout: str,
) -> None:
    """How patches of one image agree with displaced patches of another."""


@declared("nn.nll_loss")
def nll_loss(
    predictions: Expr, targets: Expr, weights: Expr, reduction: str = "mean", ignore_index: int = -100
) -> None:  # fmt: skip
    """The negative log likelihood of the targets."""


__all__ = [
    "batch_norm", "contrib_dense_pack", "correlation", "dropout", "dropout_raw", "group_norm", "l2_normalize",
    "lrn", "matmul", "nll_loss", "pad", "sparse_add", "sparse_dense", "sparse_transpose", "upsampling",
    "upsampling3d",
]  # fmt: skip
