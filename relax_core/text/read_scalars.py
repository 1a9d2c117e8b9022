"""Scalar expressions of scripts: dimensions, scalar operands, conditions."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

from relax_core.text.script import MAX_NESTING, Script, dotted
from tensor_core import codes, dtypes, prim
from tensor_core.loops.intrinsics import MEANINGS
from tensor_core.prim import PrimExpr

Scalar = PrimExpr | int | float | bool
"""A scalar being read: Python's own numbers take the type of what they meet, int64 and float64 alone."""
Resolve = Callable[[ast.Name], Scalar]

_BINARY: Mapping[type[ast.operator], type[prim.Binary]] = {
    ast.Add: prim.Add,
    ast.Sub: prim.Sub,
    ast.Mult: prim.Mul,
    ast.Div: prim.Div,
    ast.FloorDiv: prim.FloorDiv,
    ast.Mod: prim.FloorMod,
}
_BITS: Mapping[type[ast.operator], str] = {
    ast.LShift: "shift_left",
    ast.RShift: "shift_right",
    ast.BitAnd: "bitwise_and",
    ast.BitOr: "bitwise_or",
    ast.BitXor: "bitwise_xor",
}
# The comparison, and whether its operands change places.
_COMPARE: Mapping[type[ast.cmpop], tuple[type[prim.Binary], bool]] = {
    ast.Eq: (prim.EQ, False),
    ast.NotEq: (prim.NE, False),
    ast.Lt: (prim.LT, False),
    ast.LtE: (prim.LE, False),
    ast.Gt: (prim.LT, True),
    ast.GtE: (prim.LE, True),
}
_CALLS: Mapping[str, type[prim.Binary]] = {
    "T.min": prim.Min, "T.max": prim.Max, "T.truncdiv": prim.Div, "T.Div": prim.Div, "T.truncmod": prim.TruncMod,
    "T.floordiv": prim.FloorDiv, "T.floormod": prim.FloorMod, "T.And": prim.And, "T.Or": prim.Or, "T.Add": prim.Add,
    "T.Sub": prim.Sub, "T.Mul": prim.Mul, "T.FloorDiv": prim.FloorDiv, "T.FloorMod": prim.FloorMod,
    "T.Mod": prim.TruncMod, "T.EQ": prim.EQ, "T.NE": prim.NE, "T.LT": prim.LT, "T.LE": prim.LE,
}  # fmt: skip
_FOLD: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: int.__add__,
    ast.Sub: int.__sub__,
    ast.Mult: int.__mul__,
    ast.FloorDiv: int.__floordiv__,
    ast.Mod: int.__mod__,
}
_NEUTRAL_RIGHT = {(ast.Add, 0), (ast.Sub, 0), (ast.Mult, 1), (ast.FloorDiv, 1)}
_NEUTRAL_LEFT = {(ast.Add, 0), (ast.Mult, 1)}
_NONFINITE = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def float_literal(text: str) -> float | None:
    """The value of the string in ``float("inf")`` or ``T.float32("nan")``; None when it is none."""
    return _NONFINITE.get(text)


class ScalarReader:
    """Reads scalar expressions. ``resolve`` gives what a name stands for, ``other`` reads what this class does not.

    ``integer`` is the type of a lone integer: int64 in Relax, int32 in kernels.
    """

    def __init__(
        self,
        script: Script,
        resolve: Resolve,
        integer: str = "int64",
        other: Callable[[ast.expr], PrimExpr | None] | None = None,
        limit: int = MAX_NESTING,
    ) -> None:
        self._script = script
        self._resolve = resolve
        self._integer = integer
        self._other = other
        self._limit = limit
        self.renamed: Mapping[str, str] = {}

    def expr(self, node: ast.expr, dtype: str | None = None) -> PrimExpr:
        """The expression; a lone number gets ``dtype``, or int64 / float64."""
        return self.lift(self.scalar(node, 0), dtype)

    def lift(self, value: Scalar, dtype: str | None = None) -> PrimExpr:
        """A Python number as a constant."""
        if isinstance(value, PrimExpr):
            return value
        if isinstance(value, bool):
            return prim.IntImm(int(value), "bool")
        if isinstance(value, float):
            return prim.FloatImm(value, dtype if dtype and dtypes.is_float(dtype) else "float64")
        return prim.const(value, dtype) if dtype else prim.IntImm(value, self._integer)

    def scalar(self, node: ast.expr, depth: int) -> Scalar:
        """The expression, Python numbers left as they are."""
        if type(node) is ast.Constant:
            if not isinstance(node.value, int | float):
                raise self._script.error(node, codes.SYNTAX, "expected a number")
            if isinstance(node.value, int) and node.value >= 1 << 64:
                raise self._script.error(node, codes.BAD_LITERAL, f"{node.value} is larger than any integer type")
            return node.value
        if type(node) is ast.Name:
            return self._resolve(node)
        if depth > self._limit:
            raise self._script.error(node, codes.LIMIT, "the expression nests too deep")
        match node:
            case ast.BinOp():
                return self._binary_chain(node, depth)
            case ast.UnaryOp(op=ast.USub()):
                operand = self.scalar(node.operand, depth + 1)
                return -operand if not isinstance(operand, prim.IntImm) else prim.IntImm(-operand.value, operand.dtype)
            case ast.UnaryOp(op=ast.Not()):
                return prim.Not(self.lift(self.scalar(node.operand, depth + 1)))
            case ast.Compare(ops=[operator], comparators=[right]) if type(operator) in _COMPARE:
                kind, swapped = _COMPARE[type(operator)]
                a, b = self._pair(self.scalar(node.left, depth + 1), self.scalar(right, depth + 1), node)
                return kind(b, a) if swapped else kind(a, b)
            case ast.BoolOp():
                return self._logical(node, depth)
            case ast.Call():
                return self._call(node, depth)
            case _:
                found = self._other(node) if self._other else None
                if found is None:
                    raise self._script.error(node, codes.SYNTAX, "expected a scalar expression")
                return found

    def _binary_chain(self, node: ast.BinOp, depth: int) -> Scalar:
        # The left spine of a long sum is walked, not recursed into.
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while type(left) is ast.BinOp:
            chain.append(left)
            left = left.left
        value = self.scalar(left, depth + 1)
        for item in reversed(chain):
            value = self._binary(item, value, self.scalar(item.right, depth + 1))
        return value

    def _binary(self, node: ast.BinOp, left: Scalar, right: Scalar) -> Scalar:
        known = self._folded(node, left, right)
        if known is not None:
            return known
        a, b = self._pair(left, right, node)
        if type(node.op) in _BITS:
            return prim.Intrinsic(_BITS[type(node.op)], (a, b), a.dtype)
        kind = _BINARY.get(type(node.op))
        if kind is None or (kind is prim.Div and not dtypes.is_float(a.dtype)):
            self._script.unsupported(node, f"the operator {type(node.op).__name__} on {a.dtype} is not read")
        return kind(a, b)

    def _folded(self, node: ast.BinOp, left: Scalar, right: Scalar) -> Scalar | None:
        """The value of an operator whose operands are known, or which changes nothing: TVM computes it at once."""
        a, b = _known(left), _known(right)
        kind = type(node.op)
        if a is not None and b is not None:
            dtypes_of = {item.dtype for item in (left, right) if isinstance(item, PrimExpr)}
            if len(dtypes_of) > 1 or kind not in _FOLD or (b == 0 and kind in (ast.FloorDiv, ast.Mod)):
                return None
            value = _FOLD[kind](a, b)
            if not -(1 << 63) <= value < 1 << 63:
                raise self._script.error(node, codes.BAD_LITERAL, f"{value} does not fit int64")
            return prim.IntImm(value, dtypes_of.pop()) if dtypes_of else value
        if b is not None and isinstance(left, PrimExpr) and (kind, b) in _NEUTRAL_RIGHT:
            return left
        if a is not None and isinstance(right, PrimExpr) and (kind, a) in _NEUTRAL_LEFT:
            return right
        return None

    def _logical(self, node: ast.BoolOp, depth: int) -> PrimExpr:
        kind = prim.And if isinstance(node.op, ast.And) else prim.Or
        values = [self.lift(self.scalar(item, depth + 1)) for item in node.values]
        result = values[0]
        for item in values[1:]:
            result = kind(result, item)
        return result

    def _pair(self, left: Scalar, right: Scalar, node: ast.AST) -> tuple[PrimExpr, PrimExpr]:
        """Both operands in one type: a Python number takes that of the other side."""
        if isinstance(left, PrimExpr) and not isinstance(right, PrimExpr):
            right = self._as(right, left.dtype)
        elif isinstance(right, PrimExpr) and not isinstance(left, PrimExpr):
            left = self._as(left, right.dtype)
        a, b = self.lift(left), self.lift(right)
        if a.dtype != b.dtype:
            a, b = self._promote(a, b, node)
        return a, b

    def _as(self, value: float, dtype: str) -> PrimExpr:
        if isinstance(value, float) and not dtypes.is_float(dtype):
            return prim.FloatImm(value, "float32")
        return prim.const(value, dtype)

    def _promote(self, a: PrimExpr, b: PrimExpr, node: ast.AST) -> tuple[PrimExpr, PrimExpr]:
        # TVM brings integers of two widths to the wider one; constants are converted at once.
        if a.dtype.startswith("int") and b.dtype.startswith("int"):
            wide = a.dtype if dtypes.bits(a.dtype) > dtypes.bits(b.dtype) else b.dtype
            return _convert(a, wide), _convert(b, wide)
        raise self._script.error(node, codes.TYPE_MISMATCH, f"operands have different types: {a.dtype} and {b.dtype}")

    def _call(self, node: ast.Call, depth: int) -> PrimExpr:
        function = dotted(node.func)
        if function.startswith("T.") and not node.keywords:
            found = self._tir_call(function, node, depth)
            if found is not None:
                return found
        found = self._other(node) if self._other else None
        if found is None:
            raise self._script.error(node, codes.SYNTAX, f"{function or 'this call'} is not a scalar function")
        return found

    def _tir_call(self, function: str, node: ast.Call, depth: int) -> PrimExpr | None:
        args, count = node.args, len(node.args)
        name = function[2:]
        if dtypes.is_known(name) and count == 1:
            return self._typed(node, name, depth)
        if function in _CALLS and count == 2:
            return _CALLS[function](*self._pair(self.scalar(args[0], depth + 1), self.scalar(args[1], depth + 1), node))
        if function == "T.Not" and count == 1:
            return prim.Not(self.lift(self.scalar(args[0], depth + 1)))
        if function in ("T.Cast", "T.cast") and count == 2:
            dtype, value = (args[0], args[1]) if function == "T.Cast" else (args[1], args[0])
            return _cast(self.lift(self.scalar(value, depth + 1)), self._dtype(dtype))
        if function in ("T.if_then_else", "T.Select") and count == 3:
            a, b = self._pair(self.scalar(args[1], depth + 1), self.scalar(args[2], depth + 1), node)
            condition = self.lift(self.scalar(args[0], depth + 1))
            return prim.Select(condition, a, b, guards=function == "T.if_then_else")
        return self._intrinsic(self.renamed.get(name, name), node, depth)

    def _intrinsic(self, name: str, node: ast.Call, depth: int) -> PrimExpr | None:
        meaning = MEANINGS.get(name)
        if meaning is None or len(node.args) != meaning.arity:
            return None
        first = self.lift(self.scalar(node.args[0], depth + 1), "float32")
        rest = [self.lift(self.scalar(item, depth + 1), first.dtype) for item in node.args[1:]]
        return prim.Intrinsic(name, (first, *rest), "bool" if meaning.is_predicate else first.dtype)

    def _typed(self, node: ast.Call, dtype: str, depth: int) -> PrimExpr:
        """``T.float32(0.5)``: a constant, or a conversion of an expression."""
        argument = node.args[0]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            value = float_literal(argument.value)
            if value is None or not dtypes.is_float(dtype):
                raise self._script.error(argument, codes.BAD_LITERAL, f"not a number: {argument.value!r}")
            return prim.FloatImm(value, dtype)
        inner = self.scalar(argument, depth + 1)
        if isinstance(inner, PrimExpr):
            return inner.astype(dtype)
        if isinstance(inner, float) and not dtypes.is_float(dtype) and not math.isfinite(inner):
            raise self._script.error(argument, codes.BAD_LITERAL, f"{inner} is no {dtype}")
        return prim.const(inner, dtype)

    def _dtype(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and dtypes.is_known(node.value):
            return node.value
        raise self._script.error(node, codes.BAD_LITERAL, "expected the name of an element type")


def _known(value: Scalar) -> int | None:
    if isinstance(value, prim.IntImm):
        return value.value if value.dtype.startswith("int") else None
    return value if type(value) is int else None


def _convert(value: PrimExpr, dtype: str) -> PrimExpr:
    return prim.IntImm(value.value, dtype) if isinstance(value, prim.IntImm) else value.astype(dtype)


def _cast(value: PrimExpr, dtype: str) -> PrimExpr:
    # Bit counts are int32 in TVM and of their operand's type here, so text converts them.
    if isinstance(value, prim.Intrinsic) and value.name in ("clz", "popcount"):
        return prim.Intrinsic(value.name, value.args, dtype)
    if isinstance(value, prim.FloatImm) and dtype == "bfloat16":
        # How numbers of bfloat16 are written for TVM 0.19, which reads no other form.
        return prim.FloatImm(value.value, dtype)
    return prim.Cast(value, dtype)
