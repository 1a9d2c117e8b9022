"""What a pass says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tensor_core.contract import Contract


@dataclass(frozen=True, slots=True, eq=False)
class PassInfo:
    """The optimisation level from which a sequence runs the pass, its name, the passes that a sequence runs before it,
    and its contract. ``traceable`` is kept for TVM's signature.
    """

    opt_level: int
    name: str
    required: Sequence[str] = ()
    traceable: bool = False
    contract: Contract = Contract.EXACT

    def __post_init__(self) -> None:
        object.__setattr__(self, "required", tuple(self.required or ()))

    def __str__(self) -> str:
        required = f"[\n{''.join(f'{name}, ' for name in self.required)}]" if self.required else "[]"
        return (
            f"The meta data of the pass - pass name: {self.name}, opt_level: {self.opt_level},"
            f" required passes: {required}\n"
        )

    __repr__ = __str__
