"""Names that are there to be imported, and say so when they are used."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from migrate.alias.profile import PAGE
from tensor_core import codes
from tensor_core.diagnostics import fail


def uncovered(name: str) -> Callable[..., NoReturn]:
    """A function that raises R2R0901 when it is called."""

    def refuse(*args: object, **kwargs: object) -> NoReturn:
        raise fail(
            codes.NOT_COVERED,
            f"{name} is not covered here, called with {len(args) + len(kwargs)} arguments",
            hint=f"see {PAGE}",
        )

    return refuse
