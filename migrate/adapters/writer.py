"""What adapters write through: a fragment that knows the target, and what its values are bound to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from relax_core.fragment import RelaxFragment, Say
from relax_core.ir.expr import Call, Expr, Op, Var, op
from relax_core.normalizer import Normalizer
from relax_core.ops import make_call
from tensor_core.ops.card import PORTABLE, Reject
from tensor_core.ops.registry import registry


class Writer(RelaxFragment):
    """Writes calls for a release. ``held``: what a parameter holds that stands for a large constant."""

    def __init__(
        self,
        emitter: Normalizer,
        say: Say,
        note: list[str],
        target: str,
        held: Callable[[Var], np.ndarray[Any, Any] | None],
    ) -> None:
        super().__init__(emitter, say)
        self._held = held
        self._normalizer = emitter
        self._note = note
        self.target = target

    @property
    def number(self) -> tuple[int, ...]:
        """The oldest release that reads the text, as numbers that compare."""
        oldest = "0.19" if self.target == PORTABLE else self.target
        return tuple(map(int, oldest.split(".")))

    def known(self, value: Expr) -> np.ndarray[Any, Any] | None:
        """The array of a constant, also of a large one."""
        array = self._held(value) if isinstance(value, Var) else None
        return super().known(value) if array is None else array

    def says(self, card: str, params: Any, *args: Expr) -> bool:
        """Whether the target says this call of a card as it is."""
        return not isinstance(make_call(registry().by_name[card], params, args, self.target), str)

    def builtin(self, name: str, *args: Expr) -> Expr:
        """A call of a function of Relax that is no card, such as "relax.memory.view"."""
        self._note.append(name)
        return self._normalizer.normal(Call(op(name), args))

    def bound_to(self, value: Expr) -> Expr:
        """What a value is bound to; itself for a leaf, or a parameter."""
        seen = value
        while isinstance(seen, Var) and seen in self._normalizer.values:
            seen = self._normalizer.values[seen]
        return seen

    def is_call(self, value: Expr, name: str) -> Call | None:
        """The call of this Relax operator that a value is bound to."""
        found = self.bound_to(value)
        return found if isinstance(found, Call) and isinstance(found.op, Op) and found.op.name == name else None


def number_of(f: Writer, value: Expr, what: str) -> float | int:
    """The one number that a constant holds. Reject for what is computed."""
    known: np.ndarray[Any, Any] | None = f.known(value)
    if known is None or known.size != 1:
        raise Reject(f"{what} is computed, and an attribute in Relax {f.target}")
    return known.reshape(-1)[0].item()
