"""Patterns that several compilers share, each with names for its parts (tvm.relax.backend.patterns, 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Mapping

from relax_core.dpl.helpers import is_const, is_op, wildcard
from relax_core.dpl.patterns import DFPattern

Annotated = tuple[DFPattern, Mapping[str, DFPattern]]
"""A pattern, and its parts by name: ``root`` is the operator it is about."""


def make_fused_bias_activation_pattern(
    op_name: str, with_bias: bool = False, activation: str | None = None, allow_reshape: bool = False
) -> Annotated:
    """A binary operator (``lhs``, ``rhs``), with ``bias`` added if wanted, then an activation if one is named."""
    lhs, rhs = wildcard(), wildcard()
    root = is_op(op_name)(lhs, rhs)
    parts: dict[str, DFPattern] = {"lhs": lhs, "rhs": rhs, "root": root}
    return _with_bias_activation(root, parts, with_bias, activation, allow_reshape)


def make_conv2d_pattern(with_bias: bool = False, activation: str | None = None) -> Annotated:
    """A convolution (``input``, ``weight``), with ``bias`` added if wanted, then an activation if one is named."""
    data, weight = wildcard(), wildcard()
    root = is_op("relax.nn.conv2d")(data, weight)
    parts: dict[str, DFPattern] = {"input": data, "weight": weight, "root": root}
    return _with_bias_activation(root, parts, with_bias, activation)


def make_matmul_pattern(
    with_bias: bool = False, activation: str | None = None, transposed_rhs: bool = False
) -> Annotated:
    """A product (``lhs``, ``rhs``, the latter transposed if wanted), with ``bias`` and activation as above."""
    root, parts = _matmul(transposed_rhs)
    return _with_bias_activation(root, parts, with_bias, activation)


def make_matmul_dequantize_pattern(transposed_rhs: bool = False) -> Annotated:
    """A product that is dequantised by the constants ``scale`` and ``zp``."""
    root, parts = _matmul(transposed_rhs)
    scale, zero = is_const(), is_const()
    parts |= {"scale": scale, "zp": zero}
    return is_op("relax.dequantize")(root, scale, zero), parts


def make_matmul_multiply_pattern(transposed_rhs: bool = False) -> Annotated:
    """A product times two scales (``scaleA``, ``scaleB``) of shape (1,), converted to another element type."""
    root, parts = _matmul(transposed_rhs)
    scale_a, scale_b = wildcard(), wildcard()
    parts |= {"scaleA": scale_a, "scaleB": scale_b}
    scale = is_op("relax.multiply")(scale_a.has_shape((1,)), scale_b.has_shape((1,)))
    return is_op("relax.astype")(is_op("relax.multiply")(root, scale)), parts


def make_residual_block_pattern(
    node_output: DFPattern | Annotated, binary_op: str = "relax.add", activation: str | None = None
) -> Annotated:
    """What a pattern matches, combined with ``residual`` on either side, then an activation if one is named."""
    nothing: Mapping[str, DFPattern] = {}
    inner, parts = (node_output, nothing) if isinstance(node_output, DFPattern) else node_output
    residual = wildcard()
    combine = is_op(binary_op)
    output: DFPattern = combine(inner, residual) | combine(residual, inner)
    if activation is not None:
        output = is_op(activation)(output)
    return output, {**parts, "residual": residual}


def make_layer_norm_pattern() -> Annotated:
    """Layer normalisation."""
    return is_op("relax.nn.layer_norm")(wildcard(), wildcard(), wildcard()), {}


def _matmul(transposed_rhs: bool) -> tuple[DFPattern, dict[str, DFPattern]]:
    lhs, rhs = wildcard(), wildcard()
    root = is_op("relax.matmul")(lhs, is_op("relax.permute_dims")(rhs) if transposed_rhs else rhs)
    return root, {"lhs": lhs, "rhs": rhs, "root": root}


def _with_bias_activation(
    out: DFPattern,
    parts: dict[str, DFPattern],
    with_bias: bool,
    activation: str | None,
    allow_reshape: bool = False,
) -> Annotated:
    if with_bias:
        bias = parts["bias"] = wildcard()
        if allow_reshape:
            reshaped = is_op("relax.reshape")(bias, wildcard(), varg_default_wildcard=True)
            out = is_op("relax.add")(out, reshaped, varg_default_wildcard=True)
        else:
            out = is_op("relax.add")(out, bias)
    return (is_op(activation)(out) if activation else out), parts
