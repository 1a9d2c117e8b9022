"""Differences from real TVM that are understood: TVM's own, each with a script that shows it, and signs of zeros.

The scripts are on the page docs/reference/tvm_differences.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

import relay_compat.ir.expr as relay
from migrate.values import Array
from migrate.verify.generate.program import Program
from relay_compat.visit import reachable
from tensor_core.types import TensorType

ZEROS = "signs of zeros"
_COMPARISONS = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
_NORMS = ("nn.layer_norm", "nn.group_norm", "nn.instance_norm", "nn.batch_norm", "nn.l2_normalize")
_SUMS = ("negative", "add", "subtract", "multiply")


@dataclass(frozen=True, slots=True)
class Known:
    """``oracles``: a pattern of the names of those that show it. ``may_show``: whether a program can."""

    title: str
    oracles: str
    may_show: Callable[[Program], bool]


def _calls(names: Sequence[str], dtype: str) -> Callable[[Program], bool]:
    """Whether a program calls one of these operators on such elements."""

    def holds(program: Program) -> bool:
        return any(_is(node, names, dtype) for node in _nodes(program))

    return holds


def _compares_sums(program: Program) -> bool:
    nodes = _nodes(program)
    return any(
        _is(node, _COMPARISONS, dtype) and any(_is(other, _SUMS, dtype) for other in nodes)
        for node in nodes
        for dtype in ("int32", "int64")
    )


def _result(call: relay.Call) -> str:
    return call.checked.dtype if isinstance(call.checked, TensorType) else ""


def _casts_to_bool(program: Program) -> bool:
    return any(
        _is(node, ("cast",), dtype) and isinstance(node, relay.Call) and _result(node) == "bool"
        for node in _nodes(program)
        for dtype in ("float16", "float32", "float64")
    )


KNOWN = (
    Known("erf of float64 has the precision of float32", r"TVM 0\.19, (Relay|graph|vm)", _calls(("erf",), "float64")),
    Known("R.erf of float64 is the identity", r"TVM 0\.(19|21), Relax", _calls(("erf",), "float64")),
    Known("the epsilon of norms is rounded to float32", r"TVM 0\.19, (?!Relax)", _calls(_NORMS, "float64")),
    Known("small constants cast to bool are false", r"TVM 0\.19, (Relay|graph|vm)", _casts_to_bool),
    Known("the gradient of max pools", r"TVM 0\.\d+, ", _calls(("nn.max_pool2d_grad",), "float32")),
    Known("comparisons of integers whose sum overflows", r"TVM 0\.19, (Relay|graph|vm)", _compares_sums),
)


def known(program: Program, oracle: str, expected: Sequence[Array], got: Sequence[Array]) -> str:
    """The title of what explains that an oracle differs; empty if nothing does."""
    if _differ_in_zeros(expected, got):
        return ZEROS
    return next((each.title for each in KNOWN if re.match(each.oracles, oracle) and each.may_show(program)), "")


def _differ_in_zeros(expected: Sequence[Array], got: Sequence[Array]) -> bool:
    return len(expected) == len(got) and all(
        a.shape == b.shape and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        for a, b in zip(expected, got, strict=True)
    )


def _nodes(program: Program) -> list[object]:
    functions = [each for each in program.module.functions.values() if isinstance(each, relay.Function)]
    return list(reachable(*functions))


def _is(node: object, names: Sequence[str], dtype: str) -> bool:
    if not isinstance(node, relay.Call) or not isinstance(node.op, relay.Op) or node.op.name not in names:
        return False
    first = node.args[0].checked if node.args and isinstance(node.args[0], relay.RelayExpr) else None
    return isinstance(first, TensorType) and first.dtype == dtype
