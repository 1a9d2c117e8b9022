"""Conversion of half precision on processors without instructions for it, on the bits (after F. Giesen)."""

from __future__ import annotations

from cpu_backend.emit.kinds import literal, typed
from cpu_backend.emit.scribe import Scribe


class _Bits:
    def __init__(self, s: Scribe, lanes: int) -> None:
        self.s = s
        self.lanes = lanes
        self.whole, self.real, self.flag = typed("i32", lanes), typed("float", lanes), typed("i1", lanes)

    def const(self, value: int) -> str:
        return literal(value, "int32", self.lanes)

    def op(self, name: str, a: str, b: str | int) -> str:
        return self.s.op(f"{name} {self.whole} {a}, {b if isinstance(b, str) else self.const(b)}")

    def to_real(self, bits: str) -> str:
        return self.s.op(f"bitcast {self.whole} {bits} to {self.real}")

    def to_bits(self, real: str) -> str:
        return self.s.op(f"bitcast {self.real} {real} to {self.whole}")

    def choose(self, compare: str, a: str, b: int, yes: str | int, no: str | int) -> str:
        flag = self.s.op(f"icmp {compare} {self.whole} {a}, {self.const(b)}")
        first, second = (value if isinstance(value, str) else self.const(value) for value in (yes, no))
        return self.s.op(f"select {self.flag} {flag}, {self.whole} {first}, {self.whole} {second}")


def widen(s: Scribe, value: str, lanes: int) -> str:
    """From half to float."""
    v = _Bits(s, lanes)
    narrow = s.op(f"bitcast {typed('half', lanes)} {value} to {typed('i16', lanes)}")
    bits = s.op(f"zext {typed('i16', lanes)} {narrow} to {v.whole}")
    size = v.op("and", bits, 0x7FFF)
    moved = v.op("shl", size, 13)
    # The exponent's bias differs by 112; the multiplication also makes subnormal numbers normal.
    scaled = s.op(f"fmul {v.real} {v.to_real(moved)}, {literal(2.0**112, 'float32', lanes)}")
    special = v.choose("uge", size, 0x7C00, v.op("or", moved, 0x7F800000), v.to_bits(scaled))
    sign = v.op("shl", v.op("and", bits, 0x8000), 16)
    return v.to_real(v.op("or", special, sign))


def narrow(s: Scribe, value: str, lanes: int) -> str:
    """From float to half, rounded to nearest, ties to even."""
    v = _Bits(s, lanes)
    bits = v.to_bits(value)
    size = v.op("and", bits, 0x7FFFFFFF)
    odd = v.op("and", v.op("lshr", size, 13), 1)
    normal = v.op("lshr", v.op("add", v.op("add", size, 0xC8000FFF), odd), 13)
    # Adding 1/2 lets the addition do the rounding of a subnormal result.
    shifted = s.op(f"fadd {v.real} {v.to_real(size)}, {literal(0.5, 'float32', lanes)}")
    small = v.op("sub", v.to_bits(shifted), 0x3F000000)
    finite = v.choose("ult", size, 0x38800000, small, normal)
    special = v.choose("ugt", size, 0x7F800000, 0x7E00, 0x7C00)
    result = v.choose("uge", size, 0x47800000, special, finite)
    sign = v.op("and", v.op("lshr", bits, 16), 0x8000)
    short = s.op(f"trunc {v.whole} {v.op('or', result, sign)} to {typed('i16', lanes)}")
    return s.op(f"bitcast {typed('i16', lanes)} {short} to {typed('half', lanes)}")
