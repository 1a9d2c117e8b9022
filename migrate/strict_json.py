"""JSON that every reader takes: numbers that it cannot say are words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast


def strict(value: Any) -> Any:
    """The value in strict JSON: numbers that are not finite as strings ("nan", "inf", "-inf")."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case dict():
            return {key: strict(item) for key, item in cast("dict[str, Any]", value).items()}
        case list() | tuple():
            return [strict(item) for item in cast("Sequence[Any]", value)]
        case _:
            return value
