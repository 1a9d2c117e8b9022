"""Errors of arguments: what TVM raises where a value cannot become what a constructor takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tensor_core.diagnostics import ProductError

__all__ = ["WrongArgument", "sequence"]


class WrongArgument(ProductError, TypeError):
    """An argument of another kind: a TVMError in old releases, a TypeError in new ones."""


def sequence(value: Any, what: str) -> Iterable[Any]:
    """The value if it is a sequence. WrongArgument when it is none."""
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise WrongArgument(f"{what} must be a list or tuple, got {value!r}")
    return cast("Iterable[Any]", value)
