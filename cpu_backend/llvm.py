"""The only door to LLVM: a small typed interface over llvmlite, which ships no types of its own.

Each engine gets its own target machine: two MCJIT engines that share one crash the process when the first is closed.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import llvmlite.binding

_binding = cast(Any, llvmlite.binding)


@dataclass(frozen=True, slots=True)
class Host:
    """The processor that code is generated for: LLVM's name and features, vector width, registers, half precision."""

    cpu: str
    features: str
    vector_bits: int
    registers: int
    has_half: bool


class Engine:
    """Machine code of one module; it stays mapped as long as this object lives."""

    def __init__(self, module: Any, machine: Any) -> None:
        self._machine = machine
        self._engine = _binding.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """The address of a function."""
        return int(self._engine.get_function_address(name))


@lru_cache(maxsize=1)
def _initialise() -> None:
    _binding.initialize_native_target()
    _binding.initialize_native_asmprinter()


@lru_cache(maxsize=1)
def host() -> Host:
    """The processor this runs on."""
    _initialise()
    features: Any = _binding.get_host_cpu_features()

    def has(*names: str) -> bool:
        return all(bool(features.get(name)) for name in names)

    flags = str(features.flatten())
    cpu = str(_binding.get_host_cpu_name())
    if has("avx512f", "avx512bw", "avx512dq", "avx512vl"):
        return Host(cpu, flags, 512, 32, True)
    if has("avx2", "fma", "f16c"):
        return Host(cpu, flags, 256, 16, True)
    return Host(cpu, flags, 128, 16, False)


def compile_module(text: str, level: int) -> Engine:
    """Machine code of a module given as LLVM IR text; ``level`` is the code generator's optimisation level, 0 to 3.

    Raises RuntimeError with LLVM's message for text that it does not accept, which would be an error of this package.
    """
    _initialise()
    target = host()
    module = _binding.parse_assembly(text)
    machine = _binding.Target.from_default_triple().create_target_machine(
        cpu=target.cpu, features=target.features, opt=level, jit=True
    )
    return Engine(module, machine)


def provide_library(names: Iterable[str]) -> None:
    """Let generated code call these functions of the C mathematics library."""
    library = ctypes.CDLL(ctypes.util.find_library("m") or None)
    for name in names:
        function = getattr(library, name, None)
        if function is not None:
            _binding.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)


def provide_symbol(name: str, address: int) -> None:
    """Let generated code call the function at an address by a name."""
    _binding.add_symbol(name, address)
