"""Names that are legal in a printed script: Relay names may hold anything, Python identifiers may not."""

from __future__ import annotations

import keyword

from relax_core.names import identifier

_RESERVED = frozenset({"R", "T", "I", "cls", "Module", "metadata", "TypeVar", "tvm"})


def legal(name: str) -> str:
    """``name`` as an identifier that neither Python nor TVMScript uses itself, nor starts like a private one."""
    found = identifier(name)
    if found[0] == "_":
        return f"v{found}"
    return f"v_{found}" if keyword.iskeyword(found) or found in _RESERVED else found
