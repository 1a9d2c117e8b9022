"""The tags of constructors as TVM stores them: the low byte of the type name's hash above the constructor's index.

The hash is ``std::hash<std::string>`` of libstdc++ on 64-bit machines, that is MurmurHash64A with a fixed seed, so
that a tag written here is the one that TVM gives to the same constructor.
"""

from __future__ import annotations

from functools import cache

INDEX_MASK = 0xFFFFFF
"""The bits of a stored tag that are the constructor's index within its type."""

_SEED = 0xC70F6907
_FACTOR = 0xC6A4A7935BD1E995
_WORD = (1 << 64) - 1


def tag_of(type_name: str, index: int) -> int:
    """The tag of the constructor with this index of a type, as a signed 32-bit integer; -1 for a negative index."""
    if index < 0:
        return -1
    tag = (name_hash(type_name) & 0xFF) << 24 | index & INDEX_MASK
    return tag - (1 << 32) if tag >> 31 else tag


@cache
def name_hash(name: str) -> int:
    """``std::hash<std::string>`` of libstdc++."""
    data = name.encode(errors="surrogateescape")
    result = _SEED ^ (len(data) * _FACTOR & _WORD)
    whole = len(data) & ~7
    for start in range(0, whole, 8):
        word = int.from_bytes(data[start : start + 8], "little") * _FACTOR & _WORD
        result = (result ^ (word ^ word >> 47) * _FACTOR & _WORD) * _FACTOR & _WORD
    if len(data) > whole:
        result = (result ^ int.from_bytes(data[whole:], "little")) * _FACTOR & _WORD
    result = (result ^ result >> 47) * _FACTOR & _WORD
    return result ^ result >> 47
