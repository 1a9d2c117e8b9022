"""The cache of kernels in memory: what it holds is bounded in bytes, machine code included."""

import numpy as np
import pytest

from cpu_backend import llvm
from cpu_backend.cache import KernelCache
from cpu_backend.jit import Compiled, Options
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.nodes import PrimFunc
from tensor_core.types import TensorType

ONCE = Options(once=True)


def kernel(add: float) -> PrimFunc:
    b = LoopBuilder()
    x = b.input("x", TensorType((40,)))
    return b.finish("kernel", [b.compute((40,), lambda i: x[i] + add)])


def works(compiled: Compiled | None, add: float) -> bool:
    assert compiled is not None
    x, y = np.arange(40, dtype=np.float32), np.empty(40, np.float32)
    compiled.call(x.ctypes.data, y.ctypes.data, 0)
    return bool((y == x + np.float32(add)).all())


def test_equal_kernels_have_one_entry() -> None:
    cache = KernelCache()
    first, second, other = cache.get([kernel(1), kernel(1), kernel(2)], ONCE)
    assert first is second is not other
    assert len(cache) == 2
    assert cache.get([kernel(1)], ONCE) == [first]


def test_memory_is_bounded() -> None:
    """Of many modules, each with several kernels, only as many stay as the capacity says: also their machine code."""
    cache = KernelCache(capacity=1 << 20)
    largest = 0
    for number in range(60):
        cache.get([kernel(number + part / 8) for part in range(8)], ONCE)
        largest = max(largest, cache.size)
    assert largest <= 1 << 20
    assert 0 < len(cache) < 60 * 8
    assert len(cache) % 8 == 0, "kernels of one module share its code: they go together"


def test_what_was_not_used_for_longest_goes_first() -> None:
    llvm.forget_linkers()
    whole = KernelCache()
    for number in (1, 2, 3, 4):
        whole.get([kernel(number)], ONCE)
    llvm.forget_linkers()
    cache = KernelCache(capacity=whole.size - 1)
    for number in (1, 2, 3, 1, 4):
        cache.get([kernel(number)], ONCE)
    kept = [cache.get([kernel(number)], ONCE)[0] for number in (1, 3, 4)]
    assert all(map(works, kept, (1, 3, 4)))
    assert len(cache) == 3


def test_what_a_machine_holds_works_when_it_is_no_longer_kept() -> None:
    cache = KernelCache(capacity=1)
    (held,) = cache.get([kernel(1)], ONCE)
    for number in range(2, 200):
        cache.get([kernel(number)], ONCE)
    assert len(cache) == 1
    assert works(held, 1)


@pytest.mark.parametrize("options", [Options(level=level, once=once) for level in range(4) for once in (False, True)])
def test_every_way_of_compiling(options: Options) -> None:
    (compiled,) = KernelCache().get([kernel(1)], options)
    assert works(compiled, 1)


def test_a_failure_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(text: str, level: int) -> bytes:
        raise RuntimeError(f"{level}: {text}")

    cache = KernelCache()
    with monkeypatch.context() as patch:
        patch.setattr(llvm, "object_code", fails)
        with pytest.raises(RuntimeError):
            cache.get([kernel(1)], ONCE)
    assert len(cache) == cache.size == 0
    assert works(cache.get([kernel(1)], ONCE)[0], 1)
