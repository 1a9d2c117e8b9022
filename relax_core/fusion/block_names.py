"""Names of blocks that no two blocks of a program share (SBlockNameDeduplicator in TVM)."""

from __future__ import annotations

import re

from tensor_core.releases import older
from tensor_core.tir import stmt as st
from tensor_core.tir.rewrite import map_statements


class BlockNames:
    """Renames blocks whose name was used before. Releases before 0.24 put ``_1`` behind it, later ones count on the
    number at its end.
    """

    def __init__(self, release: str) -> None:
        self._counts_on = not older(release, "0.24")
        self._used: set[str] = set()
        self._next: dict[str, int] = {}

    def applied(self, body: st.Stmt) -> st.Stmt:
        """The statement with blocks renamed."""
        return map_statements(body, self._renamed)

    def _renamed(self, stmt: st.Stmt) -> st.Stmt:
        if not isinstance(stmt, st.Block):
            return stmt
        name = self._unique(stmt.name_hint)
        return stmt if name == stmt.name_hint else stmt.replace(name_hint=name)

    def _unique(self, name: str) -> str:
        if name in self._used:
            found = re.fullmatch(r"(.*?)(\d*)", name) if self._counts_on else None
            stem, number = (found[1], found[2]) if found else (f"{name}_", "")
            count = max(self._next.get(stem, 1), int(number or 0) + 1)
            while f"{stem}{count}" in self._used:
                count += 1
            self._next[stem] = count + 1
            name = f"{stem}{count}"
        self._used.add(name)
        return name
