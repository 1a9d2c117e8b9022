"""All built-ins by full op name."""

from __future__ import annotations

from collections.abc import Mapping

from relax_core.builtins.builtin import Builtin, version
from relax_core.builtins.calls import CALLS
from relax_core.builtins.collectives import COLLECTIVES
from relax_core.builtins.marks import MARKS, first
from relax_core.builtins.memory import MEMORY
from relax_core.builtins.values import VALUES
from tensor_core.ops.card import PORTABLE

OLDEST = "0.19"
"""The first release of those that portable text is for."""

BUILTINS: Mapping[str, Builtin] = {item.name: item for item in (*CALLS, *MEMORY, *VALUES, *MARKS, *COLLECTIVES)}
"""By full op name, such as "relax.call_tir"."""

IDENTITIES = frozenset(item.name for item in BUILTINS.values() if item.run is first)
"""Those that give back their first argument."""


def builtin(name: str, release: str | None = None) -> Builtin | None:
    """The built-in of this name; None when there is none, or not in this release yet (in all, for portable text)."""
    found = BUILTINS.get(name)
    release = OLDEST if release == PORTABLE else release
    if found is None or release is None:
        return found
    return found if version(found.since) <= version(release) else None


def why_not(name: str) -> str:
    """Why a machine cannot run calls of an operator that it does not know, for a message."""
    found = BUILTINS.get(name)
    return (
        f"{name} cannot be run here: {found.refused}" if found and found.refused else f"{name} has no executable form"
    )
