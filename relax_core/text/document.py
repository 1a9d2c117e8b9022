"""What the parts of one printed text share: the release, the options, which prefixes it uses, its metadata section."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from relax_core.text.config import DEFAULT, ScriptConfig
from relax_core.text.profiles import IR_IMPORT, RELAX_IMPORT, TYPE_VAR_IMPORT, Profile
from tensor_core.module import IRModule

MODULE_NAME = "Module"
OMITTED = "# Metadata omitted. Use show_meta=True in script() method to show it."


@dataclass(slots=True)
class Document:
    """One text under construction.

    ``made_for`` is the release whose spellings the calls use, when it is another one than the text's. ``usage`` holds
    what has been printed so far: TVM writes the imports of a local function as comments, those in use up to there.
    """

    profile: Profile
    config: ScriptConfig = DEFAULT
    made_for: str | None = None
    module: IRModule | None = None
    usage: set[str] = field(default_factory=set[str])
    metadata: dict[str, list[Any]] = field(default_factory=dict[str, "list[Any]"])
    _places: dict[tuple[str, str | int], int] = field(default_factory=dict[tuple[str, "str | int"], int])

    @property
    def release(self) -> str:
        """The release that the text is for."""
        return self.profile.release

    @property
    def pep695(self) -> bool:
        """Whether symbolic dimensions are type parameters."""
        return self.config.pep695 and self.profile.type_vars

    def note(self, line: str) -> None:
        """Take note of the prefixes that a line uses."""
        if "tir" not in self.usage and "T." in line and uses(line, "T."):
            self.usage.add("tir")

    def header(self) -> list[str]:
        """The imports, as comments; empty when nothing needs one."""
        lines = [TYPE_VAR_IMPORT] if "type_var" in self.usage else []
        if "ir" in self.usage:
            lines.append(IR_IMPORT)
        if "tir" in self.usage:
            lines += self.profile.tir_imports
        if "relax" in self.usage:
            lines.append(RELAX_IMPORT)
        return [*lines, ""] if lines else []

    def reference(self, key: str, item: Any) -> str:
        """The reference to an object in the metadata section; one object has one place."""
        mark = (key, item if isinstance(item, str) else id(item))
        place = self._places.get(mark)
        if place is None:
            known = self.metadata.setdefault(key, [])
            place = self._places[mark] = len(known)
            known.append(item)
        return f'metadata["{key}"][{place}]'


def uses(text: str, prefix: str) -> bool:
    """Whether a text uses a prefix such as ``T.``, by itself."""
    place = text.find(prefix)
    while place >= 0:
        before = text[place - 1] if place else " "
        if not (before.isalnum() or before in "_."):
            return True
        place = text.find(prefix, place + 2)
    return False
