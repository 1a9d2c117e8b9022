"""Why conversions beside the translator of TVM 0.19 fail: patterns of side, case and message, and whose fault it is.

Causes of the translator's failures are read off its messages.
"""

from __future__ import annotations

import re

CAUSES: tuple[tuple[str, str, str], ...] = (
    # ours
    (
        r"ours 3ffcab8ed5d5ad75 .*Divide by zero",
        "TVM",
        "a result without elements: TVM 0.19 builds no permute_dims of such a tensor, it divides by its size",
    ),
    (
        r"(ours|here) \S+ inconclusive",
        "TVM",
        "products and convolutions in bfloat16: TVM sums in float32 within a fused kernel, other programs round after "
        "every operator; the bound decides nothing",
    ),
    (
        r"(ours|here) node__test_resize\S+ refused: .* extents are given",
        "front end",
        "the front end of TVM 0.19 takes sizes for two axes out of a list of four: the module has no sizes, and Relay "
        "itself fails",
    ),
    (
        r"(ours|translator) \S*cast_DOUBLE_to_FLOAT16 different",
        "TVM",
        "TVM 0.19 converts float64 to float16 wrongly, in Relay as well",
    ),
    # the translator's
    (r"translator .*the value in ShapeS", "translator", "sizes of int32 where Relax wants int64: every open dimension"),
    (r"translator .*(RefCreate|expr\.Let|expr\.If).*not supported", "translator", "raises on this construct"),
    (r"translator .*only supported with Hexagon", "translator", "quantized operators have no kernel to lower to"),
    (r"translator .*HybridOp", "translator", "operators written in hybrid script cannot be a tensor expression"),
    (r"translator .*null pointer node while traversing", "translator", "a type or attribute that is not set"),
    (r"translator .*must be of TensorType", "translator", "parameters that are tuples, data or functions"),
    (r"translator .*data type does not match content", "translator", "constants of other integer types than the calls"),
    (r"translator .*not supported type in emit_te", "translator", "operands that are no tensors"),
    (r"translator .*struct info of Tuple must be", "translator", "tuples as results of operators"),
    (r"translator .*FTVMStrategy", "translator", "operators without a kernel"),
    (r"translator .*no definition of", "translator", "algebraic data"),
    (r"translator .*false_value\.dtype", "translator", "operands of two element types in a choice"),
    (r"translator .*has no attribute name", "translator", "calls of function literals"),
    (r"translator .*linear is not supported", "front end", "a method of grid_sample that Relay's kernels do not know"),
    (r"translator .*LCA\(\d+, \d+\) on graph", "translator", "FuseOps does not look into closures behind references"),
    (
        r"translator 504279ba7a5add23 different: expected int64",
        "translator",
        "element types that change without a word",
    ),
    (
        r"translator \S*reduce_log_sum_exp\S* different",
        "translator",
        "kernels are named as the functions of C that they call: exp, log",
    ),
    (r"translator .*(value_computed|undefined\.size)", "translator", "kernels over sizes that nothing defines"),
)
"""The first that fits explains."""


def explained(side: str, name: str, told: str) -> str:
    """The cause in words, with whose it is; "not looked into" where there is none."""
    for pattern, whose, cause in CAUSES:
        if re.match(pattern, f"{side} {name} {told}"):
            return f"{cause} ({whose})"
    return "not looked into"
