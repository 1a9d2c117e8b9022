"""Structural hashes: equal for structurally equal objects (tvm.ir.structural_hash in TVM 0.19).

The numbers are not those of TVM. They are the same in every process, except those of objects with free variables, which
are told apart by identity unless they are mapped.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from relay_compat.structural.fields import Identity, Part, entries, pairs, reduced
from tensor_core.node import Node

_MASK = (1 << 63) - 1
_PRIME = 0x9E3779B97F4A7C15


class _Open(NamedTuple):
    """An object whose parts are being hashed, with the hashes of those that are done."""

    value: Any
    seed: int
    parts: tuple[Part, ...]
    graph: bool
    free: bool
    done: list[int]


def structural_hash(value: Any, map_free_vars: bool = False) -> int:
    """A number below 2**63."""
    return _Hasher().run(value, map_free_vars)


class _Hasher:
    def __init__(self) -> None:
        self._memo: dict[Any, int] = {}
        self._count = 0

    def run(self, root: Any, free: bool) -> int:
        top = _Open(None, 0, (Part("", root, free),), False, False, [])
        stack = [top]
        while stack:
            item = stack[-1]
            if len(item.done) < len(item.parts):
                part = item.parts[len(item.done)]
                known = None if part.value is None else _known(self._memo, part.value)
                if part.value is None:
                    item.done.append(0)
                elif known is not None:
                    item.done.append(known)
                else:
                    stack.append(self._open(part.value, part.defines or item.free))
                continue
            stack.pop()
            if stack:
                stack[-1].done.append(self._close(item))
        return top.done[0]

    def _open(self, value: Any, free: bool) -> _Open:
        if isinstance(value, (tuple, list)):
            return _Open(value, _text(f"Array {len(value)}"), tuple(Part("", x) for x in value), False, free, [])  # type: ignore[reportUnknownArgumentType]
        found = entries(value)
        if found is not None:
            kind, values = found
            names = sorted(values)
            return _Open(
                value, _text(" ".join((kind, *names))), tuple(Part("", values[n]) for n in names), False, free, []
            )
        found = pairs(value)
        if found is not None:
            parts = tuple(Part("", item) for pair in found for item in pair)
            return _Open(value, _text("Map"), parts, False, free, [])
        shape = reduced(value)
        seed = _text(shape.kind)
        for _, plain in shape.plain:
            seed = _mix(seed, _plain(plain))
        if shape.free and not free:
            seed = _mix(seed, hash(value))
        return _Open(value, seed, shape.parts, shape.graph or (shape.free and free), free, [])

    def _close(self, item: _Open) -> int:
        result = item.seed
        for part in item.done:
            result = _mix(result, part)
        if item.graph:
            self._count += 1
            result = _mix(result, self._count)
            self._memo[item.value] = result
        return result


def _known(memo: dict[Any, int], value: Any) -> int | None:
    return memo.get(value) if isinstance(value, (Node, Identity)) else None


def _mix(a: int, b: int) -> int:
    mixed = (a ^ (b + 0x9E3779B9 + (a << 6) + (a >> 2))) * _PRIME
    return (mixed ^ (mixed >> 29)) & _MASK


@lru_cache(4096)
def _text(text: str) -> int:
    return _bytes(text.encode(errors="surrogateescape"))


def _bytes(data: bytes) -> int:
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little") & _MASK


def _plain(value: Any) -> int:
    if isinstance(value, bytes):
        return _bytes(value)
    return _text(value) if isinstance(value, str) else _text(repr(value))
