"""From kernels to callable machine code: one LLVM module for many kernels."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from cpu_backend import llvm
from cpu_backend.disk import user_cache
from cpu_backend.emit.intrinsics import LIBRARY
from cpu_backend.emit.kernel import ASK, emit_kernel, shared
from cpu_backend.emit.scribe import Unit
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.measure import points
from tensor_core.loops.nodes import PrimFunc


@dataclass(frozen=True, slots=True)
class Options:
    """``strict`` keeps the order of float reductions and rounds every operation on its own, at the price of speed.

    ``level`` is LLVM's code generation level, 0 to 3; by default 0 for kernels with little to do and 1 for others.
    ``once``: the program runs once or a few times, so that code which is made fast is better than code that is fast.
    """

    strict: bool = False
    level: int | None = None
    once: bool = False


_SMALL = 1 << 14
"""Points of iteration up to which a kernel has little to do."""
SMALL_ONCE = 1 << 19
"""The same for a kernel that runs once or a few times: some three milliseconds at most, where optimising takes five to
thirty.
"""


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """How a kernel is compiled: LLVM's level, and whether there are vectors, which cost LLVM more than scalars do."""

    level: int
    vectors: bool


@dataclass(frozen=True, slots=True)
class Compiled:
    """A kernel's machine code. ``entry`` is its address, ``run`` the function there.

    ``stages``: what the entry says of its stages; 0 where threads cannot share the work.
    """

    entry: int
    run: Callable[[Any, int, int, int], int]
    stages: int
    engine: llvm.Engine = field(repr=False)

    def call(self, *arguments: int) -> None:
        """Run on addresses of the parameters, of scratch memory, and the symbolic dimensions."""
        self.run((ctypes.c_int64 * len(arguments))(*arguments), 0, 1, -1)


def compile_kernels(
    kernels: Sequence[PrimFunc], options: Options, digests: Sequence[bytes] = ()
) -> list[Compiled | None]:
    """Machine code of kernels; None for one with an element type or function that code generation does not know.

    ``digests``: the structural keys of the kernels. With them, code that is costly to make is kept on disk, too.
    DiagnosticError R2R0604 for a malformed kernel.
    """
    found: list[Compiled | None] = [None] * len(kernels)
    ways = [_way(func, options) for func in kernels]
    for way in sorted(set(ways)):
        places = [place for place, wanted in enumerate(ways) if wanted == way]
        chosen = [digests[p] for p in places] if digests else []
        for place, compiled in zip(places, _compile([kernels[p] for p in places], options, way, chosen), strict=True):
            found[place] = compiled
    return found


def _compile(
    kernels: Sequence[PrimFunc], options: Options, way: Way, digests: Sequence[bytes]
) -> list[Compiled | None]:
    _library()
    # Code without optimisation is made faster than it is read.
    disk = user_cache() if digests and way.level > 0 else None
    key = code_key(digests, options.strict, way)
    made = _unpacked(disk.get(key)) if disk is not None else None
    if made is None:
        text, skipped = module_text(kernels, options, vectors=way.vectors)
        made = llvm.object_code(text, way.level), skipped
        if disk is not None:
            disk.put(key, _packed(*made))
    code, skipped = made
    symbols = {n: f"k{n}" for n in range(len(kernels)) if n not in skipped}
    engine = llvm.Engine(code, list(symbols.values())) if symbols else None
    return [
        _entry(engine, symbols[n], func, way) if engine and n in symbols else None for n, func in enumerate(kernels)
    ]


def _packed(code: bytes, skipped: set[int]) -> bytes:
    return b"%s\n%s" % (" ".join(map(str, sorted(skipped))).encode(), code)


def _unpacked(content: bytes | None) -> tuple[bytes, set[int]] | None:
    if content is None:
        return None
    numbers, _, code = content.partition(b"\n")
    return code, set(map(int, numbers.split()))


def code_key(digests: Sequence[bytes], strict: bool, way: Way) -> bytes:
    """What machine code follows from: kernels, how they are compiled, for which processor, by which version of what."""
    parts = (_version(), llvm.host(), strict, way, *digests)
    return blake2b("\n".join(map(repr, parts)).encode(), digest_size=32).digest()


@lru_cache(maxsize=1)
def _version() -> str:
    """LLVM's binding and a digest of the code generator's own source."""
    digest = blake2b(digest_size=16)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return f"{llvm.version()} {digest.hexdigest()}"


def _way(func: PrimFunc, options: Options) -> Way:
    """Optimising a kernel at level 1 takes milliseconds; one that runs for microseconds never earns them back."""
    small = points(func) <= (SMALL_ONCE if options.once else _SMALL)
    level = options.level if options.level is not None else 0 if small else 1
    return Way(level, not (small and options.once))


def module_text(kernels: Sequence[PrimFunc], options: Options, *, vectors: bool = True) -> tuple[str, set[int]]:
    """The LLVM IR of kernels, the n-th called ``kn``, and the numbers of those that cannot be compiled."""
    host = llvm.host()
    unit = Unit(host.vector_bits if vectors else 0, host.registers, host.has_half)
    skipped: set[int] = set()
    for number, func in enumerate(kernels):
        try:
            emit_kernel(unit, func, f"k{number}", options.strict)
        except DiagnosticError as error:
            if any(item.code is not codes.NO_REFERENCE for item in error.diagnostics):
                raise
            skipped.add(number)
    # Otherwise processors that prefer 256-bit vectors would split ours.
    width = f'"min-legal-vector-width"="{host.vector_bits}" "prefer-vector-width"="{host.vector_bits}"'
    return f"{unit.text()}\nattributes #0 = {{ nounwind {width} }}\n", skipped


def _entry(engine: llvm.Engine, symbol: str, func: PrimFunc, way: Way) -> Compiled:
    address = engine.address(symbol)
    run = _PROTOTYPE(address)
    stages = run(None, 0, 1, ASK) if shared(func, way.vectors) else 0
    return Compiled(address, run, stages, engine)


_PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)


@lru_cache(maxsize=1)
def _library() -> None:
    llvm.provide_library(LIBRARY)
