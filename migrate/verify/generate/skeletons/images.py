"""What convolutions give, of any type, for programs around rules for layouts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from migrate.verify.generate.maker import Maker
from relay_compat.ir.expr import Call, Expr, Op
from tensor_core import dtypes
from tensor_core.ops.card import Domain
from tensor_core.ops.layout import LETTERS
from tensor_core.shapes import static
from tensor_core.types import TensorType


def image(m: Maker, wanted: TensorType, domain: Domain | None = None, is_left: bool = False) -> Expr:
    """What a convolution gives, of a type and within a domain; one that AlterOpLayout leaves where ``is_left``. It adds
    nothing up, so that no layout changes a bit of it. Of one and two dimensions, it is without those of one element.
    """
    shape = static(wanted.shape)
    whole, gone = {1: ((1, *shape, 1, 1), (0, 2, 3)), 2: ((1, *shape, 1), (0, 3))}.get(len(shape), (shape, ()))
    value = _convolution(m, whole, _held(wanted.dtype, domain), domain is not None, "IO" if is_left else "OI")
    if gone:
        value = m.build.call("squeeze", value, axis=gone)
    return value if wanted.dtype == "float32" else m.build.call("cast", value, dtype=wanted.dtype)


def _held(dtype: str, domain: Domain | None) -> Domain | None:
    if dtypes.is_float(dtype) or dtype == "bool":
        return domain
    low, high = (0.0 if dtypes.is_unsigned_int(dtype) else -8.0), 8.0
    return Domain(low, high) if domain is None else Domain(max(domain.low, low), min(domain.high, high))


def _convolution(m: Maker, shape: Sequence[int], domain: Domain | None, is_copied: bool, kernel: str) -> Expr:
    batch, channels, *extents = shape
    count = len(extents)
    letters, ones = LETTERS[count], (1,) * count
    data = m.leaf(TensorType((batch, 1, *extents), "float32"), domain=domain)
    type_ = TensorType((*((channels, 1) if kernel == "OI" else (1, channels)), *ones), "float32")
    weight = m.constant(type_, Domain(1.0, 1.0)) if is_copied else m.leaf(type_, domain=domain)
    return m.build.call(
        f"nn.conv{count}d", data, weight, strides=ones, dilation=ones, padding=(0, 0) * count, groups=1,
        data_layout=f"NC{letters}", kernel_layout=f"{kernel}{letters}", out_layout=f"NC{letters}",
    )  # fmt: skip


def first_result(m: Maker, made: Expr) -> Expr:
    """The result, or the first one, where a rule for single elements knows of one alone."""
    is_dropped = isinstance(made, Call) and isinstance(made.op, Op) and made.op.name == "nn.dropout"
    return m.build.item(made, 0) if is_dropped else made


def windows(name: str) -> int:
    """The number of dimensions that an operator slides over: two unless its name tells."""
    found = re.search(r"([13])d(_transpose)?$", name)
    return int(found.group(1)) if found else 2
