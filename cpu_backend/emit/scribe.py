"""Writing LLVM IR: fresh names, the list that instructions go to, and the helpers a module needs."""

from __future__ import annotations

from cpu_backend.emit.kinds import typed


class Unit:
    """What one LLVM module needs beside its kernels: declarations and helper functions, each once.

    ``vector_bits``: of a vector register; 0 for code without vectors. ``has_half``: whether the processor converts half
    precision itself.
    """

    def __init__(self, vector_bits: int, registers: int, has_half: bool = True) -> None:
        self.vector_bits = vector_bits
        self.registers = registers
        self.has_half = has_half
        self.functions: list[str] = []
        self._declarations: dict[str, str] = {}
        self._helpers: dict[str, str] = {}

    def declare(self, name: str, text: str) -> None:
        """Declare an external function or LLVM intrinsic."""
        self._declarations.setdefault(name, text)

    def has(self, name: str) -> bool:
        """Whether a helper function exists already."""
        return name in self._helpers

    def define(self, name: str, text: str) -> None:
        """Add a helper function."""
        self._helpers[name] = text

    def text(self) -> str:
        """The module."""
        return "\n".join([*self._declarations.values(), *self._helpers.values(), *self.functions]) + "\n"


class Scribe:
    """Appends instructions to the current list of lines. ``contract``: whether ``a * b + c`` may be rounded once."""

    def __init__(self, unit: Unit, contract: bool = True) -> None:
        self.unit = unit
        self.contract = contract
        self.lines: list[str] = []
        self._count = 0

    def op(self, text: str) -> str:
        """Add an instruction with a result; returns the result's name."""
        self._count += 1
        name = f"%v{self._count}"
        self.lines.append(f"  {name} = {text}")
        return name

    def put(self, text: str) -> None:
        """Add an instruction without a result."""
        self.lines.append(f"  {text}")

    def label(self, prefix: str) -> str:
        """A fresh label; :meth:`start` begins its block."""
        self._count += 1
        return f"{prefix}{self._count}"

    def start(self, label: str) -> None:
        """Begin a basic block."""
        self.lines.append(f"{label}:")

    def intrinsic(self, name: str, result: str, *args: tuple[str, str]) -> str:
        """Call an LLVM intrinsic or another external function; arguments are (type, value)."""
        types = ", ".join(kind for kind, _ in args)
        self.unit.declare(name, f"declare {result} @{name}({types})")
        return self.op(f"call {result} @{name}({', '.join(f'{kind} {value}' for kind, value in args)})")

    def splat(self, scalar: str, value: str, lanes: int) -> str:
        """A scalar spread over the lanes."""
        if lanes == 1:
            return value
        if not value.startswith("%"):
            return f"splat ({scalar} {value})"
        vector = typed(scalar, lanes)
        first = self.op(f"insertelement {vector} poison, {scalar} {value}, i64 0")
        return self.op(f"shufflevector {vector} {first}, {vector} poison, <{lanes} x i32> zeroinitializer")


def mangled(scalar: str, lanes: int) -> str:
    """A type inside an intrinsic's name: ``v16f32``."""
    short = {"float": "f32", "double": "f64", "half": "f16", "ptr": "p0"}.get(scalar, scalar)
    return short if lanes == 1 else f"v{lanes}{short}"
