"""The instructions of one scalar or vector operation, with exactly the meaning of :mod:`tensor_core.prim`.

Division never traps: x / 0 is 0 for integers, and the most negative value divided by -1 is itself, as in numpy.
The only fast-math flag is ``contract``, which lets a * b + c be rounded once; strict code has none.
"""

from __future__ import annotations

from cpu_backend.emit import half
from cpu_backend.emit.kinds import Kind, kind, literal, typed
from cpu_backend.emit.scribe import Scribe, mangled
from tensor_core import codes, prim
from tensor_core.diagnostics import fail

_FLOAT: dict[type[prim.Binary], str] = {
    prim.Add: "fadd",
    prim.Sub: "fsub",
    prim.Mul: "fmul",
    prim.Div: "fdiv",
}
_INTEGER: dict[type[prim.Binary], str] = {prim.Add: "add", prim.Sub: "sub", prim.Mul: "mul"}
_ORDERED: dict[type[prim.Binary], str] = {prim.EQ: "oeq", prim.NE: "one", prim.LT: "olt", prim.LE: "ole"}
_SIGNED: dict[type[prim.Binary], str] = {prim.EQ: "eq", prim.NE: "ne", prim.LT: "slt", prim.LE: "sle"}
_UNSIGNED: dict[type[prim.Binary], str] = {prim.EQ: "eq", prim.NE: "ne", prim.LT: "ult", prim.LE: "ule"}


def binary(s: Scribe, node: prim.Binary, a: str, b: str, lanes: int) -> str:
    """The result of a two-operand node."""
    item = kind(node.a.dtype)
    shape = typed(item.held, lanes)
    code = type(node)
    match node:
        case prim.And():
            return s.op(f"and {shape} {a}, {b}")
        case prim.Or():
            return s.op(f"or {shape} {a}, {b}")
        case prim.Compare():
            return compare(s, item, code, a, b, lanes)
        case prim.Min() | prim.Max():
            return extremum(s, item, isinstance(node, prim.Max), a, b, lanes)
        case _:
            pass
    if not item.is_float:
        simple = _INTEGER.get(code)
        return s.op(f"{simple} {shape} {a}, {b}") if simple else divide(s, item, code, a, b, lanes)
    if code in _FLOAT:
        flag = " contract" if s.contract and code is not prim.Div else ""
        return rounded(s, item, s.op(f"{_FLOAT[code]}{flag} {shape} {a}, {b}"), lanes)
    return _float_division(s, item, code, a, b, lanes)


def compare(s: Scribe, item: Kind, code: type[prim.Binary], a: str, b: str, lanes: int) -> str:
    """A comparison; the result is i1."""
    shape = typed(item.held, lanes)
    if item.is_float:
        return s.op(f"fcmp {_ORDERED[code]} {shape} {a}, {b}")
    return s.op(f"icmp {(_SIGNED if item.signed else _UNSIGNED)[code]} {shape} {a}, {b}")


def extremum(s: Scribe, item: Kind, is_max: bool, a: str, b: str, lanes: int) -> str:
    """``a > b ? a : b`` or ``a < b ? a : b``."""
    shape = typed(item.held, lanes)
    if item.is_float:
        keeps = s.op(f"fcmp {'ogt' if is_max else 'olt'} {shape} {a}, {b}")
    else:
        keeps = s.op(f"icmp {'s' if item.signed else 'u'}{'gt' if is_max else 'lt'} {shape} {a}, {b}")
    return select(s, item.held, keeps, a, b, lanes)


def select(s: Scribe, held: str, condition: str, a: str, b: str, lanes: int) -> str:
    """A choice per lane."""
    shape = typed(held, lanes)
    return s.op(f"select {typed('i1', lanes)} {condition}, {shape} {a}, {shape} {b}")


def _float_division(s: Scribe, item: Kind, code: type[prim.Binary], a: str, b: str, lanes: int) -> str:
    shape = typed(item.held, lanes)
    if code is prim.TruncMod:
        return rounded(s, item, s.op(f"frem {shape} {a}, {b}"), lanes)
    ratio = rounded(s, item, s.op(f"fdiv {shape} {a}, {b}"), lanes)
    whole = s.intrinsic(f"llvm.floor.{mangled(item.held, lanes)}", shape, (shape, ratio))
    if code is prim.FloorDiv:
        return whole
    back = rounded(s, item, s.op(f"fmul {shape} {whole}, {b}"), lanes)
    return rounded(s, item, s.op(f"fsub {shape} {a}, {back}"), lanes)


def divide(s: Scribe, item: Kind, code: type[prim.Binary], a: str, b: str, lanes: int) -> str:
    """Integer division or remainder (prim.Div, TruncMod, FloorDiv or FloorMod)."""
    shape = typed(item.held, lanes)
    zero, one = literal(0, item.dtype, lanes), literal(1, item.dtype, lanes)
    known = constant_divisor(b)
    if known:
        divisor, is_zero = b, ""
    else:
        is_zero = s.op(f"icmp eq {shape} {b}, {zero}")
        divisor = select(s, item.held, is_zero, one, b, lanes)
    negates = ""
    if item.signed and not known:
        negates = s.op(f"icmp eq {shape} {divisor}, {literal(-1, item.dtype, lanes)}")
        divisor = select(s, item.held, negates, one, divisor, lanes)
    quotient = s.op(f"{'s' if item.signed else 'u'}div {shape} {a}, {divisor}")
    product = s.op(f"mul {shape} {quotient}, {divisor}")
    rest = s.op(f"sub {shape} {a}, {product}")
    if item.signed and code in (prim.FloorDiv, prim.FloorMod):
        flags = typed("i1", lanes)
        mixed = s.op(f"xor {shape} {rest}, {divisor}")
        differs = s.op(f"icmp slt {shape} {mixed}, {zero}")
        inexact = s.op(f"icmp ne {shape} {rest}, {zero}")
        low = s.op(f"and {flags} {differs}, {inexact}")
        if code is prim.FloorDiv:
            minus = s.op(f"sext {flags} {low} to {shape}")
            quotient = s.op(f"add {shape} {quotient}, {minus}")
        else:
            rest = s.op(f"add {shape} {rest}, {select(s, item.held, low, divisor, zero, lanes)}")
    if code in (prim.FloorMod, prim.TruncMod):
        return rest if known else select(s, item.held, is_zero, zero, rest, lanes)
    if negates:
        quotient = select(s, item.held, negates, s.op(f"sub {shape} {zero}, {a}"), quotient, lanes)
    return quotient if known else select(s, item.held, is_zero, zero, quotient, lanes)


def constant_divisor(text: str) -> bool:
    """Whether an operand is a constant by which division cannot trap."""
    value = text.rsplit(" ", 1)[-1].rstrip(")")
    return value.lstrip("-").isdigit() and value not in ("0", "-1")


def cast(s: Scribe, source: Kind, target: Kind, value: str, lanes: int) -> str:
    """The conversion of prim.Cast. Out-of-range floats give an unspecified integer."""
    if source.dtype == target.dtype:
        return value
    before, after = typed(source.held, lanes), typed(target.held, lanes)
    if target.held == "i1":
        zero = literal(0, source.dtype, lanes)
        return s.op(f"fcmp une {before} {value}, {zero}" if source.is_float else f"icmp ne {before} {value}, {zero}")
    if source.is_float and target.is_float:
        return _cast_float(s, source, target, value, lanes)
    if source.is_float:
        return _to_integer(s, target, before, value, lanes)
    if target.is_float:
        made = s.op(f"{'si' if source.signed else 'ui'}tofp {before} {value} to {after}")
        return rounded(s, target, made, lanes)
    if source.bits == target.bits:
        return value
    if source.bits > target.bits:
        return s.op(f"trunc {before} {value} to {after}")
    return s.op(f"{'s' if source.signed else 'z'}ext {before} {value} to {after}")


def _cast_float(s: Scribe, source: Kind, target: Kind, value: str, lanes: int) -> str:
    before, after = typed(source.held, lanes), typed(target.held, lanes)
    if before != after:
        value = s.op(f"{'fpext' if after.count('double') else 'fptrunc'} {before} {value} to {after}")
    return rounded(s, target, value, lanes)


def _to_integer(s: Scribe, target: Kind, before: str, value: str, lanes: int) -> str:
    if target.dtype == "uint64":
        return s.op(f"fptoui {before} {value} to {typed('i64', lanes)}")
    # Narrow integers go through wider ones, so that values beyond their range wrap.
    through = "i64" if target.dtype in ("uint32", "int64") else "i32"
    whole = s.op(f"fptosi {before} {value} to {typed(through, lanes)}")
    if through == target.held:
        return whole
    return s.op(f"trunc {typed(through, lanes)} {whole} to {typed(target.held, lanes)}")


def rounded(s: Scribe, item: Kind, value: str, lanes: int) -> str:
    """A held value rounded to the precision of its element type."""
    return widened(s, item, narrowed(s, item, value, lanes), lanes) if item.is_narrow else value


def narrowed(s: Scribe, item: Kind, value: str, lanes: int) -> str:
    """From the held to the stored form."""
    held, stored = typed(item.held, lanes), typed(item.stored, lanes)
    match item.dtype:
        case "bool":
            return s.op(f"zext {held} {value} to {stored}")
        case "float16":
            return s.op(f"fptrunc {held} {value} to {stored}") if s.unit.has_half else half.narrow(s, value, lanes)
        case "bfloat16":
            return _narrow_bfloat(s, value, lanes)
        case _:
            return value


def widened(s: Scribe, item: Kind, value: str, lanes: int) -> str:
    """From the stored to the held form."""
    held, stored = typed(item.held, lanes), typed(item.stored, lanes)
    match item.dtype:
        case "bool":
            return s.op(f"icmp ne {stored} {value}, {literal(0, 'int8', lanes)}")
        case "float16":
            return s.op(f"fpext {stored} {value} to {held}") if s.unit.has_half else half.widen(s, value, lanes)
        case "bfloat16":
            wide = typed("i32", lanes)
            bits = s.op(f"shl {wide} {s.op(f'zext {stored} {value} to {wide}')}, {literal(16, 'int32', lanes)}")
            return s.op(f"bitcast {wide} {bits} to {held}")
        case _:
            return value


def _narrow_bfloat(s: Scribe, value: str, lanes: int) -> str:
    """Round to nearest, ties to even, on the bits; a NaN stays one."""
    wide, held = typed("i32", lanes), typed("float", lanes)

    def number(n: int) -> str:
        return literal(n, "int32", lanes)

    bits = s.op(f"bitcast {held} {value} to {wide}")
    odd = s.op(f"and {wide} {s.op(f'lshr {wide} {bits}, {number(16)}')}, {number(1)}")
    moved = s.op(f"add {wide} {s.op(f'add {wide} {bits}, {number(0x7FFF)}')}, {odd}")
    is_nan = s.op(f"fcmp uno {held} {value}, {value}")
    quiet = s.op(f"or {wide} {bits}, {number(0x400000)}")
    chosen = select(s, "i32", is_nan, quiet, moved, lanes)
    return s.op(f"trunc {wide} {s.op(f'lshr {wide} {chosen}, {number(16)}')} to {typed('i16', lanes)}")


def logical_not(s: Scribe, value: str, lanes: int) -> str:
    """The negation of a bool."""
    return s.op(f"xor {typed('i1', lanes)} {value}, {literal(1, 'bool', lanes)}")


def unsupported(what: str) -> Exception:
    """The refusal of something that code generation does not know; such a kernel can still be interpreted."""
    return fail(codes.NO_REFERENCE, f"no code can be generated for {what}")
