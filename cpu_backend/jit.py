"""From kernels to callable machine code: one LLVM module for many kernels."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cpu_backend import llvm, threads
from cpu_backend.emit.intrinsics import LIBRARY
from cpu_backend.emit.kernel import Interface, emit_kernel, interface, shared
from cpu_backend.emit.scribe import Unit
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.measure import points
from tensor_core.loops.nodes import PrimFunc


@dataclass(frozen=True, slots=True)
class Options:
    """``strict`` keeps the order of float reductions and rounds every operation on its own, at the price of speed.

    ``level`` is LLVM's code generation level, 0 to 3; by default 0 for kernels with little to do and 1 for others.
    """

    strict: bool = False
    level: int | None = None


_SMALL = 1 << 14
"""Points of iteration up to which a kernel has little to do."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A kernel's machine code. ``entry`` is its address, ``run`` the function there.

    ``is_shared``: whether threads can share the work.
    """

    entry: int
    run: Callable[[Any, int, int, int | None], None]
    interface: Interface
    is_shared: bool
    engine: llvm.Engine = field(repr=False)

    def call(self, *arguments: int) -> None:
        """Run on addresses of the parameters, of scratch memory, and the symbolic dimensions."""
        self.run((ctypes.c_int64 * len(arguments))(*arguments), 0, 1, None)


def compile_kernels(kernels: Sequence[PrimFunc], options: Options) -> list[Compiled | None]:
    """Machine code of kernels; None for one with an element type or function that code generation does not know.

    DiagnosticError R2R0604 for a malformed kernel.
    """
    found: list[Compiled | None] = [None] * len(kernels)
    levels = [_level(func, options) for func in kernels]
    for level in sorted(set(levels)):
        places = [place for place, wanted in enumerate(levels) if wanted == level]
        for place, compiled in zip(places, _compile([kernels[p] for p in places], options, level), strict=True):
            found[place] = compiled
    return found


def _compile(kernels: Sequence[PrimFunc], options: Options, level: int) -> list[Compiled | None]:
    _library()
    text, skipped = module_text(kernels, options)
    engine = llvm.compile_module(text, level)
    return [None if n in skipped else _entry(engine, f"k{n}", func) for n, func in enumerate(kernels)]


def _level(func: PrimFunc, options: Options) -> int:
    """Optimising a kernel at level 1 takes milliseconds; one that runs for microseconds never earns them back."""
    if options.level is not None:
        return options.level
    return 0 if points(func) <= _SMALL else 1


def module_text(kernels: Sequence[PrimFunc], options: Options) -> tuple[str, set[int]]:
    """The LLVM IR of kernels, the n-th called ``kn``, and the numbers of those that cannot be compiled."""
    host = llvm.host()
    unit = Unit(host.vector_bits, host.registers, host.has_half)
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


def _entry(engine: llvm.Engine, symbol: str, func: PrimFunc) -> Compiled:
    address = engine.address(symbol)
    return Compiled(address, _PROTOTYPE(address), interface(func), shared(func), engine)


_PROTOTYPE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p)


@lru_cache(maxsize=1)
def _library() -> None:
    llvm.provide_library(LIBRARY)
    threads.provide()
