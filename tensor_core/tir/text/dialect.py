"""What TVM's releases spell differently in tensor programs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Dialect:
    """The spelling of one release; ``version`` is its number.

    * ``sblock``: blocks are ``T.sblock``, definitions are statements of a flat sequence (0.24).
    * ``s_tir``: functions with blocks say ``s_tir=True`` (0.25).
    * ``buffer_params``: array parameters state everything in their annotation; there is no match_buffer of one (0.26).
    * ``type_vars``: free 64-bit variables of parameters are ``TypeVar`` (0.27).
    * ``infix_bits``: shifts and bitwise operators are infix (0.27).
    * ``boxed_attrs``: numbers among attributes are scalar constants (0.19).
    * ``portable``: the text is for every release.
    """

    version: tuple[int, int]
    sblock: bool
    s_tir: bool
    buffer_params: bool
    type_vars: bool
    infix_bits: bool
    boxed_attrs: bool
    portable: bool

    @property
    def block(self) -> str:
        """The name of blocks."""
        return "sblock" if self.sblock else "block"

    @property
    def block_alloc(self) -> str:
        """The name of a block's allocations."""
        return "sblock_alloc_buffer" if self.sblock else "alloc_buffer"


@cache
def dialect(release: str) -> Dialect:
    """The spelling of a release such as ``0.27``; ``portable`` spells as the oldest one, attributes as the newest."""
    version: tuple[int, int] = version_of("0.19" if release == "portable" else release)
    return Dialect(
        version,
        sblock=version >= (0, 24),
        s_tir=version >= (0, 25),
        buffer_params=version >= (0, 26),
        type_vars=version >= (0, 27),
        infix_bits=version >= (0, 27),
        boxed_attrs=version < (0, 20) and release != "portable",
        portable=release == "portable",
    )


def version_of(release: str) -> tuple[int, int]:
    """The number of a release."""
    major, minor = release.split(".")[:2]
    return int(major), int(minor)
