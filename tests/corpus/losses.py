"""Losses with their options, in the names that tvm.relax.training.loss and ours share."""

from itertools import product
from typing import Any

_Tensor = tuple[tuple[int, ...], str]

_PREDICTED: _Tensor = ((3, 5), "float32")
_TARGETS: dict[str, _Tensor] = {
    "L1Loss": _PREDICTED,
    "MSELoss": _PREDICTED,
    "CrossEntropyLoss": ((3,), "int64"),
    "CategoricalCrossEntropyLoss": ((3, 5), "int64"),
}
_REDUCTIONS = "mean", "sum", "none"


def _cases() -> dict[str, tuple[str, dict[str, Any], list[_Tensor]]]:
    found: dict[str, tuple[str, dict[str, Any], list[_Tensor]]] = {}
    for (kind, targets), reduction in product(_TARGETS.items(), _REDUCTIONS):
        found[f"{kind}, {reduction}"] = kind, {"reduction": reduction}, [_PREDICTED, targets]
        if "Entropy" in kind:
            weighted = [_PREDICTED, targets, ((5,), "float32")]
            found[f"{kind}, {reduction}, weighted"] = kind, {"reduction": reduction}, weighted
            ignoring = {"reduction": reduction, "ignore_index": 1}
            found[f"{kind}, {reduction}, weighted, ignoring"] = kind, ignoring, weighted
    return found


LOSSES = _cases()
"""By case: the class, its options, and the shapes and element types of what it is called with."""
