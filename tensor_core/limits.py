"""Bounds on what a reader takes from a file, so that a hostile one is refused instead of exhausting memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, each inclusive; exceeding one is diagnostic R2R0111, or the file format's own code.

    * ``bytes``: size of the input. * ``nodes``: nodes of a JSON module, or tokens of a text.
    * ``depth``: nesting of expressions (blocks, parentheses, closures). Only memory bounds it, no call stack does.
    * ``nesting``: nesting of types, patterns and attribute values, which are walked by recursion.
    * ``dims``: dimensions of one tensor. * ``constant_bytes``: size of one constant.
    """

    bytes: int = 1 << 31
    nodes: int = 20_000_000
    depth: int = 100_000
    nesting: int = 64
    dims: int = 64
    constant_bytes: int = 1 << 31


DEFAULT = Limits()
