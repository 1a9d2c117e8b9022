"""Why converted modules are not right in a real TVM: whose fault, what it says, and the cause."""

import re

from live_conversions_support import Live

Cause = tuple[str, str, str]
"""Whose fault ("ours", "TVM's", "the front end's", "nobody's"), its message, the cause."""

CAUSES: tuple[tuple[str, str, str, str], ...] = (
    (
        r"refused: 0 extents are given",
        r"resize_",
        "the front end's",
        "it takes the sizes of two axes out of a list of four, so that the module has none: Relay itself fails",
    ),
    (
        r"0\.19 not built: .*Divide by zero",
        r"3ffcab8ed5d5ad75$",
        "TVM's",
        "a result without elements: 0.19 builds no permute_dims of such a tensor, it divides by its size",
    ),
    (
        r"inconclusive",
        r"(87f6ba53f4da79e5|a329043d06bae025|fec7dd721d2769e3|6f1a694d53f79c1b)$",
        "nobody's",
        "bfloat16: Relay in TVM sums in float32 within fused kernels, the bound of the other order decides nothing",
    ),
    (
        r"0\.(19|27) different",
        r"cast_DOUBLE_to_FLOAT16$",
        "TVM's",
        "0.19 converts float64 to float16 wrongly; so does Relay there, whose recorded answer is not the suite's",
    ),
)
"""Patterns of target, outcome and message, and of case; whose; cause. The first that fits explains."""


def cause_of(collection: str, target: str, each: Live) -> Cause:
    """The explanation of a case that is not right; an empty cause where nobody has looked yet."""
    del collection
    for pattern, case, whose, cause in CAUSES:
        if re.search(case, each.case) and re.search(pattern, f"{target} {each.outcome}: {each.message}"):
            return whose, each.message, cause
    if each.outcome == "refused":
        return "ours", each.message, "the conversion refuses it"
    return "", each.message, ""
