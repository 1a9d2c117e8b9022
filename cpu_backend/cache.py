"""Compiled kernels kept in memory, found again by what they compute."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import RLock
from weakref import WeakKeyDictionary

from cpu_backend.jit import Compiled, Options, compile_kernels
from cpu_backend.llvm import Linker
from tensor_core.loops.nodes import PrimFunc
from tensor_core.loops.structure import structural_key

_Key = tuple[bytes, Options]

_ENTRY = 2 << 10
"""Bytes of Python objects for each kernel."""


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Kernels that were compiled together: they share machine code, which goes with the last of them."""

    keys: tuple[_Key, ...]
    size: int
    linkers: frozenset[Linker]


class KernelCache:
    """Kernels in at most about ``capacity`` bytes of memory: those not used for longest go, with all that they were
    compiled with. Machines keep what they run.
    """

    def __init__(self, capacity: int = 256 << 20) -> None:
        self._capacity = capacity
        self._entries: dict[_Key, tuple[Compiled | None, _Batch]] = {}
        self._batches: OrderedDict[_Batch, None] = OrderedDict()
        self._keys: WeakKeyDictionary[PrimFunc, bytes] = WeakKeyDictionary()
        self._lock = RLock()
        self._linkers: Counter[Linker] = Counter()
        self._in_batches = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """About how many bytes the kernels take, and what is left of others beside which they were linked."""
        return self._in_batches + sum(linker.memory for linker in self._linkers)

    def get(self, kernels: Sequence[PrimFunc], options: Options) -> list[Compiled | None]:
        """Machine code of kernels; those not known yet are compiled together. None for one that cannot be compiled.

        DiagnosticError R2R0604 when a kernel is malformed.
        """
        with self._lock:
            keys = [(self._key(func), options) for func in kernels]
            missing = {key: func for key, func in zip(keys, kernels, strict=True) if key not in self._entries}
            found = {key: self._used(key) for key in keys if key not in missing}
            if missing:
                digests = [digest for digest, _ in missing]
                made = dict(zip(missing, compile_kernels(list(missing.values()), options, digests), strict=True))
                self._keep(made)
                found |= made
            return [found[key] for key in keys]

    def _used(self, key: _Key) -> Compiled | None:
        compiled, batch = self._entries[key]
        self._batches.move_to_end(batch)
        return compiled

    def _keep(self, made: dict[_Key, Compiled | None]) -> None:
        engines = {compiled.engine for compiled in made.values() if compiled is not None}
        linkers = frozenset(engine.linker for engine in engines)
        batch = _Batch(tuple(made), sum(engine.memory for engine in engines) + _ENTRY * len(made), linkers)
        self._entries |= {key: (compiled, batch) for key, compiled in made.items()}
        self._batches[batch] = None
        self._linkers.update(linkers)
        self._in_batches += batch.size
        while self.size > self._capacity and len(self._batches) > 1:
            self._forget(next(iter(self._batches)))

    def _forget(self, batch: _Batch) -> None:
        del self._batches[batch]
        self._in_batches -= batch.size
        for key in batch.keys:
            del self._entries[key]
        for linker in batch.linkers:
            self._linkers[linker] -= 1
            if not self._linkers[linker]:
                del self._linkers[linker]

    def _key(self, func: PrimFunc) -> bytes:
        key = self._keys.get(func)
        if key is None:
            key = self._keys[func] = structural_key(func)
        return key


KERNELS = KernelCache()
"""The cache that machines share unless given their own."""
