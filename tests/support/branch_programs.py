"""Relay programs with branches, for what becomes of their arms: text and arguments by name."""

from typing import Any

import numpy as np

HEADER = '#[version = "0.0.5"]\n'
V = "Tensor[(3), float32]"
X = np.array([0.25, -0.5, 1.0], "float32")
T, F = np.array(True), np.array(False)

_FOLLOWED = f"""def @main(%c: bool, %x: {V}) {{
  %0 = if (%c) {{ tanh(exp(%x)) }} else {{ %x }};
  add(exp(%0), %x)
}}"""
_BOTH = f"""def @main(%c: bool, %x: {V}) {{ if (%c) {{ tanh(exp(%x)) }} else {{ exp(tanh(%x)) }} }}"""
_LAST = f"""def @main(%c: bool, %x: {V}) {{ %0 = add(exp(%x), %x); if (%c) {{ tanh(exp(%0)) }} else {{ %0 }} }}"""
_NESTED = f"""def @main(%c: bool, %d: bool, %x: {V}) {{
  %0 = exp(%x);
  %1 = if (%c) {{
    %2 = tanh(%0);
    %3 = if (%d) {{ add(exp(%2), %x) }} else {{ sqrt(exp(%2)) }};
    multiply(sigmoid(%3), %2)
  }} else {{ add(exp(exp(%x)), %0) }};
  add(exp(%1), tanh(%1))
}}"""

PROGRAMS: dict[str, tuple[str, list[list[Any]], int]] = {
    "results follow": (_FOLLOWED, [[T, X], [F, X]], 1),
    "results in both arms": (_BOTH, [[T, X], [F, X]], 1),
    "nothing follows": (_LAST, [[T, X], [F, X]], 0),
    "branches in arms": (_NESTED, [[a, b, X] for a in (T, F) for b in (T, F)], 4),
}
"""A program, arguments that take every arm, and how many arms become functions."""
