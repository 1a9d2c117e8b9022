"""Compiled kernels kept in memory, found again by what they compute."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from cpu_backend.jit import Compiled, Options, compile_kernels
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.structure import structural_key


class KernelCache:
    """At most ``capacity`` kernels, the oldest dropped first. Machine code goes with the last kernel of its module."""

    def __init__(self, capacity: int = 8192) -> None:
        self._capacity = capacity
        self._entries: dict[tuple[bytes, Options], Compiled | None] = {}
        self._keys: WeakKeyDictionary[PrimFunc, bytes] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, kernels: Sequence[PrimFunc], options: Options) -> list[Compiled | None]:
        """Machine code of kernels; those not known yet are compiled together. None for one that cannot be compiled.

        DiagnosticError R2R0604 when a kernel is malformed.
        """
        keys = [(self._key(func), options) for func in kernels]
        missing = {key: func for key, func in zip(keys, kernels, strict=True) if key not in self._entries}
        found = dict(zip(missing, compile_kernels(list(missing.values()), options), strict=True))
        found |= {key: self._entries[key] for key in keys if key not in found}
        self._entries |= found
        while len(self._entries) > self._capacity:
            del self._entries[next(iter(self._entries))]
        return [found[key] for key in keys]

    def _key(self, func: PrimFunc) -> bytes:
        key = self._keys.get(func)
        if key is None:
            key = self._keys[func] = structural_key(func)
        return key


KERNELS = KernelCache()
"""The cache that machines share unless given their own."""
