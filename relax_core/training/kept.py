"""What a trainer keeps: parameters or states of a model, in order and by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from relax_core.ir.expr import Var
from relax_core.ir.types import TensorType
from relax_core.training.arrays import copied
from relax_core.training.errors import untrainable
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.ndarray import NDArray

__all__ = ["Arrays", "Kept"]

Arrays = Sequence[Any] | Mapping[str, Any]
"""Arrays in order, or by name."""


class Kept:
    """What a trainer keeps from step to step, in order and by name."""

    def __init__(self, kind: str, variables: Sequence[Var]) -> None:
        self._kind, self._variables = kind, variables
        self._places = {var.name: place for place, var in enumerate(variables)}
        self._values: list[NDArray | None] = [None] * len(variables)

    def __len__(self) -> int:
        return len(self._values)

    def fill(self, made: Callable[[TensorType], NDArray]) -> None:
        """Start anew with arrays for the types."""
        self._values = [made(cast(TensorType, var.ty)) for var in self._variables]

    def load(self, given: Any) -> None:
        """Take over all in order, or some by name. R2R0703 for another number, or a name that is none."""
        if isinstance(given, Mapping):
            named = cast("Mapping[str, Any]", given)
            if unknown := [name for name in named if name not in self._places]:
                hint = f"it has: {', '.join(self._places) or 'none'}"
                raise untrainable(f"the model has no {self._kind} {unknown[0]}", hint=hint)
            for name, value in named.items():
                self._values[self._places[name]] = copied(value)
            return
        if not isinstance(given, list | tuple):
            raise untrainable(f"{self._kind}s come in a list or a dictionary, not in {type(given).__name__}")
        values = cast("Sequence[Any]", given)
        if len(values) != len(self):
            raise untrainable(f"the model has {len(self)} {self._kind}s, {len(values)} are given")
        self._values = list(map(copied, values))

    def renew(self, values: Iterable[NDArray]) -> None:
        """Go on with what a step answered."""
        self._values = list(values)

    def by_name(self) -> dict[str, NDArray | None]:
        """The values by name."""
        return {name: self._values[place] for name, place in self._places.items()}

    def known(self) -> list[NDArray]:
        """The values in order. R2R0602 while one is unknown."""
        found = [value for value in self._values if value is not None]
        if len(found) < len(self):
            missing = [var.name for var, value in zip(self._variables, self._values, strict=True) if value is None]
            message = f"nobody gave the {self._kind}s {', '.join(missing)} yet"
            raise fail(codes.EXECUTION_FAILED, message, hint=f"call load_{self._kind}s or zero_init_{self._kind}s")
        return found
