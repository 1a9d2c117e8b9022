"""The only door to LLVM: a small typed interface over llvmlite, which ships no types of its own.

Code is made as objects, which can be kept in files, and linked into the process from them.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
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
    """Machine code of one object; it stays mapped as long as this object lives. ``memory``: about how much it takes,
    besides what its ``linker`` does.
    """

    def __init__(self, code: bytes, names: Sequence[str]) -> None:
        self.memory = _MAPPED + 2 * len(code)
        self.linker = _current_linker()
        self._library = self.linker.link(code, names)

    def address(self, name: str) -> int:
        """The address of one of the functions that were named."""
        return int(self._library[name])


class Linker:
    """Links objects until it has linked as many as it may: LLVM never forgets a library, only a linker, which lives as
    long as one of its objects.
    """

    LARGEST = 64

    def __init__(self) -> None:
        _initialise()
        machine = _binding.Target.from_default_triple().create_target_machine(cpu="", features="", opt=0, jit=True)
        self._jit = _binding.create_lljit_compiler(machine)
        base = _binding.JITLibraryBuilder().add_current_process()
        for name, address in _provided.items():
            base.import_symbol(name, address)
        self._base = base.link(self._jit, _BASE)
        self.count = 0

    @property
    def memory(self) -> int:
        """About how many bytes it takes besides objects that are still there."""
        return _LINKER + _FORGOTTEN * self.count

    def link(self, code: bytes, names: Sequence[str]) -> Any:
        """The library of an object; its code is unmapped with it."""
        self.count += 1
        library = _binding.JITLibraryBuilder().add_object_img(code).add_current_process().add_jit_library(_BASE)
        for name in names:
            library.export_symbol(name)
        return library.link(self._jit, f"object {self.count}")


_BASE = "library"
_MAPPED, _FORGOTTEN, _LINKER = 38 << 10, 9 << 10, 180 << 10
"""Bytes that an object takes, however small it is; what of it is left as long as its linker; what a linker takes."""
_LOCK = Lock()
_linkers: list[Linker] = []
_provided: dict[str, int] = {}


def forget_linkers() -> None:
    """Link what comes from now on by a new linker, of which nothing is left."""
    with _LOCK:
        _linkers.clear()


def _current_linker() -> Linker:
    with _LOCK:
        if not _linkers or _linkers[-1].count >= Linker.LARGEST:
            _linkers[:] = [Linker()]
        return _linkers[-1]


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


def version() -> str:
    """That of LLVM and of its binding."""
    return f"{llvmlite.__version__} {'.'.join(map(str, _binding.llvm_version_info))}"


def object_code(text: str, level: int) -> bytes:
    """An object with the machine code of a module given as LLVM IR text; ``level`` is the code generator's
    optimisation level, 0 to 3.

    Raises RuntimeError with LLVM's message for text that it does not accept, which would be an error of this package.
    """
    machine = _target_machine(host(), level)
    return bytes(machine.emit_object(_binding.parse_assembly(text)))


@lru_cache(maxsize=8)
def _target_machine(target: Host, level: int) -> Any:
    _initialise()
    return _binding.Target.from_default_triple().create_target_machine(
        cpu=target.cpu, features=target.features, opt=level, jit=True
    )


def provide_library(names: Iterable[str]) -> None:
    """Let generated code that is linked from now on call these functions of the C mathematics library."""
    library = ctypes.CDLL(ctypes.util.find_library("m") or None)
    for name in names:
        function = getattr(library, name, None)
        address = function and ctypes.cast(function, ctypes.c_void_p).value
        if address:
            provide_symbol(name, address)


def provide_symbol(name: str, address: int) -> None:
    """Let generated code that is linked from now on call the function at an address by a name."""
    with _LOCK:
        _provided[name] = address
    forget_linkers()
