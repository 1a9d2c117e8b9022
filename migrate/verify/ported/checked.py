"""What the check functions of pattern tables answered during a proof: a check that only refused proves little."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from migrate.verify.ported.user_file import UserFile


@dataclass(frozen=True, slots=True)
class Checks:
    """By row of a table, how often its check refused a match and took one: in the original, and in the port."""

    original: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    ported: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    @classmethod
    def of(cls, old: UserFile, new: UserFile) -> Self:
        """What both files' checks answered in the processes that run now."""
        return cls(old.checked(), new.checked())

    def __bool__(self) -> bool:
        return bool(self.original or self.ported)

    @property
    def taken(self) -> list[str]:
        """Rows of which both checks took a match."""
        return [name for name, (_, took) in self.original.items() if took and self.ported.get(name, (0, 0))[1]]

    @property
    def never_taken(self) -> list[str]:
        """Rows of which one of both checks was asked, and none took a match on both sides."""
        return [name for name in {**self.original, **self.ported} if name not in self.taken]

    def to_json(self) -> dict[str, Any]:
        """The machine form."""
        return {
            side: {name: {"refused": refused, "taken": took} for name, (refused, took) in rows.items()}
            for side, rows in (("original", self.original), ("ported", self.ported))
        }
