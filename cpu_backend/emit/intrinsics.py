"""The instructions of :class:`~tensor_core.prim.Intrinsic` nodes."""

from __future__ import annotations

from cpu_backend.emit import arithmetic, mathlib
from cpu_backend.emit.kinds import Kind, kind, literal, typed
from cpu_backend.emit.scribe import Scribe, mangled
from tensor_core import prim

_ROUNDING = {
    "abs": "fabs", "ceil": "ceil", "fabs": "fabs", "floor": "floor", "nearbyint": "roundeven", "round": "round",
    "sqrt": "sqrt", "trunc": "trunc", "copysign": "copysign",
}  # fmt: skip
LIBRARY = (
    "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cos", "cosh", "erf", "exp", "exp10", "exp2", "fmod",
    "fmodf", "hypot", "ldexp", "log", "log10", "log1p", "log2", "nextafter", "nextafterf", "pow", "sin", "sinh", "tan",
    "tanh",
)  # fmt: skip
"""The C library functions that generated code may call."""


def emit_intrinsic(s: Scribe, node: prim.Intrinsic, args: list[str], lanes: int) -> str:
    """The value of an intrinsic for held operands."""
    item = kind(node.args[0].dtype)
    if node.name == "reinterpret":
        return _same_bits(s, item, kind(node.dtype), args[0], lanes)
    if not item.is_float:
        return _integer(s, node.name, item, args, lanes)
    if node.name in ("isnan", "isinf", "isfinite"):
        return _classify(s, node.name, item, args[0], lanes)
    return arithmetic.rounded(s, item, _float(s, node, item, args, lanes), lanes)


def _float(s: Scribe, node: prim.Intrinsic, item: Kind, args: list[str], lanes: int) -> str:
    name = node.name
    shape = typed(item.held, lanes)
    if name in _ROUNDING:
        symbol = f"llvm.{_ROUNDING[name]}.{mangled(item.held, lanes)}"
        return s.intrinsic(symbol, shape, *((shape, arg) for arg in args))
    if name == "rsqrt":
        root = s.intrinsic(f"llvm.sqrt.{mangled(item.held, lanes)}", shape, (shape, args[0]))
        root = arithmetic.rounded(s, item, root, lanes)
        return s.op(f"fdiv {shape} {literal(1.0, item.dtype, lanes)}, {root}")
    if name == "fmod":
        return s.op(f"frem {shape} {args[0]}, {args[1]}")
    if name == "ldexp":
        return _scaled(s, node, item, args, lanes)
    if name == "nextafter" and item.is_narrow:
        raise arithmetic.unsupported(f"nextafter on {item.dtype}")
    if mathlib.covers(name, item.dtype):
        symbol = mathlib.helper(s.unit, name, lanes)
        return s.op(f"call {shape} @{symbol}({shape} {args[0]})")
    if name == "sigmoid":
        return _sigmoid(s, item, args[0], lanes)
    symbol = mathlib.library_helper(s.unit, _library_name(name, item), item.held, len(args), lanes)
    return s.op(f"call {shape} @{symbol}({', '.join(f'{shape} {arg}' for arg in args)})")


def _library_name(name: str, item: Kind) -> str:
    return "nextafterf" if name == "nextafter" and item.dtype == "float32" else name


def _same_bits(s: Scribe, source: Kind, target: Kind, value: str, lanes: int) -> str:
    """The bits of a value, as they are stored, as those of another type."""
    stored = arithmetic.narrowed(s, source, value, lanes) if source.is_narrow else value
    if source.stored != target.stored:
        stored = s.op(f"bitcast {typed(source.stored, lanes)} {stored} to {typed(target.stored, lanes)}")
    return arithmetic.widened(s, target, stored, lanes) if target.is_narrow else stored


def _sigmoid(s: Scribe, item: Kind, x: str, lanes: int) -> str:
    shape = typed(item.held, lanes)
    one = literal(1.0, item.dtype, lanes)
    negated = s.op(f"fneg {shape} {x}")
    symbol = mathlib.library_helper(s.unit, "exp", item.held, 1, lanes)
    grown = s.op(f"call {shape} @{symbol}({shape} {negated})")
    below = s.op(f"fadd {shape} {one}, {grown}")
    return s.op(f"fdiv {shape} {one}, {below}")


def _scaled(s: Scribe, node: prim.Intrinsic, item: Kind, args: list[str], lanes: int) -> str:
    exponent = arithmetic.cast(s, kind(node.args[1].dtype), kind("int32"), args[1], lanes)
    shape, whole = typed(item.held, lanes), typed("i32", lanes)
    symbol = f"llvm.ldexp.{mangled(item.held, lanes)}.{mangled('i32', lanes)}"
    return s.intrinsic(symbol, shape, (shape, args[0]), (whole, exponent))


def _classify(s: Scribe, name: str, item: Kind, x: str, lanes: int) -> str:
    shape = typed(item.held, lanes)
    if name == "isnan":
        return s.op(f"fcmp uno {shape} {x}, {x}")
    size = s.intrinsic(f"llvm.fabs.{mangled(item.held, lanes)}", shape, (shape, x))
    infinite = literal(float("inf"), item.dtype, lanes)
    return s.op(f"fcmp {'oeq' if name == 'isinf' else 'olt'} {shape} {size}, {infinite}")


def _integer(s: Scribe, name: str, item: Kind, args: list[str], lanes: int) -> str:
    shape = typed(item.held, lanes)
    suffix = mangled(item.held, lanes)
    match name:
        case "abs" | "fabs":
            if not item.signed:
                return args[0]
            return s.intrinsic(f"llvm.abs.{suffix}", shape, (shape, args[0]), ("i1", "0"))
        case "bitwise_and" | "bitwise_or" | "bitwise_xor":
            return s.op(f"{name[8:]} {shape} {args[0]}, {args[1]}")
        case "bitwise_not":
            return s.op(f"xor {shape} {args[0]}, {literal(-1, item.dtype, lanes)}")
        case "popcount":
            return s.intrinsic(f"llvm.ctpop.{suffix}", shape, (shape, args[0]))
        case "clz":
            return s.intrinsic(f"llvm.ctlz.{suffix}", shape, (shape, args[0]), ("i1", "0"))
        case "shift_left" | "shift_right":
            return _shift(s, name, item, args, lanes)
        case "isnan" | "isinf":
            return literal(0, "bool", lanes)
        case "isfinite":
            return literal(1, "bool", lanes)
        case "floor" | "ceil" | "trunc" | "round" | "nearbyint":
            return args[0]
        case "pow":
            return _power(s, item, args, lanes)
        case _:
            raise arithmetic.unsupported(f"{name} on {item.dtype}")


def _shift(s: Scribe, name: str, item: Kind, args: list[str], lanes: int) -> str:
    """A shift by the width or more leaves nothing but the sign, as in numpy."""
    shape = typed(item.held, lanes)
    width = literal(item.bits, item.dtype, lanes)
    inside = s.op(f"icmp ult {shape} {args[1]}, {width}")
    arithmetic_right = name == "shift_right" and item.signed
    most = literal(item.bits - 1 if arithmetic_right else 0, item.dtype, lanes)
    amount = arithmetic.select(s, item.held, inside, args[1], most, lanes)
    if arithmetic_right:
        return s.op(f"ashr {shape} {args[0]}, {amount}")
    moved = s.op(f"{'shl' if name == 'shift_left' else 'lshr'} {shape} {args[0]}, {amount}")
    return arithmetic.select(s, item.held, inside, moved, literal(0, item.dtype, lanes), lanes)


def _power(s: Scribe, item: Kind, args: list[str], lanes: int) -> str:
    """Integer powers by repeated squaring over the bits of the exponent; negative exponents count as 0."""
    shape = typed(item.held, lanes)
    zero, one = literal(0, item.dtype, lanes), literal(1, item.dtype, lanes)
    base, exponent, result = args[0], args[1], one
    if item.signed:
        positive = s.op(f"icmp sgt {shape} {exponent}, {zero}")
        exponent = arithmetic.select(s, item.held, positive, exponent, zero, lanes)
    for _ in range(min(item.bits, 32)):
        odd = s.op(f"trunc {shape} {exponent} to {typed('i1', lanes)}")
        product = s.op(f"mul {shape} {result}, {base}")
        result = arithmetic.select(s, item.held, odd, product, result, lanes)
        base = s.op(f"mul {shape} {base}, {base}")
        exponent = s.op(f"lshr {shape} {exponent}, {one}")
    return result
