"""Why converted modules are not right in a real TVM: whose fault, what it says, and the cause."""

import re

from live_conversions_support import Live

Cause = tuple[str, str, str]
"""Whose fault ("ours", "TVM's", "unknown"), its message, the cause."""

CAUSES: tuple[tuple[str, str, str, str], ...] = (
    (r"no answer", r"", "unknown", "no answer in time while compiling or running: not looked into yet"),
    (
        r"0\.19 not built: .*not defined in the function",
        r"test_loop11$",
        "ours",
        "a size known at run time only: 0.19 does not find its symbol where it is used; 0.27 does",
    ),
    (
        r"0\.(19|27) different",
        r"cast_DOUBLE_to_FLOAT16$",
        "TVM's",
        "0.19 converts float64 to float16 wrongly; so does Relay there, whose recorded answer is not the suite's",
    ),
)
"""Patterns of target, of case, and of outcome and message; whose; cause. The first that fits explains."""


def cause_of(collection: str, target: str, each: Live) -> Cause:
    """The explanation of a case that is not right; an empty cause where nobody has looked yet."""
    del collection
    if each.outcome == "refused":
        return "ours", each.message, "the conversion refuses it"
    for pattern, case, whose, cause in CAUSES:
        if re.search(case, each.case) and re.search(pattern, f"{target} {each.outcome}: {each.message}"):
            return whose, each.message, cause
    return "", each.message, ""
