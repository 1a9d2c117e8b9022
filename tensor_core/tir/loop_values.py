"""Expressions of tensor programs as those of kernels."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import NoReturn, cast

from tensor_core import dtypes, prim
from tensor_core.loops import nodes as loops
from tensor_core.loops.intrinsics import MEANINGS
from tensor_core.node import post_order
from tensor_core.prim import PrimExpr, Var
from tensor_core.tir import expr as ex
from tensor_core.tir.buffer import Buffer

_NAMES = {"round_even": "nearbyint", "fabs": "abs"}
_COUNTS = ("clz", "popcount")


class LoopValues:
    """Rewrites expressions. ``values`` are what variables stand for, ``arrays`` what buffers are, ``views`` the array
    and start that a matched buffer stands for, ``pointers`` the arrays by their pointer.
    """

    def __init__(self) -> None:
        self.values: dict[Var, PrimExpr] = {}
        self.arrays: dict[Buffer, loops.Buffer] = {}
        self.views: dict[Buffer, tuple[loops.Buffer, tuple[PrimExpr, ...]]] = {}
        self.pointers: dict[Var, loops.Buffer] = {}
        self.unknown: set[Var] = set()

    def refuse(self, what: str) -> NoReturn:
        """Raise what cannot be run."""
        raise NotImplementedError

    def value(self, root: PrimExpr) -> PrimExpr:
        """An expression of the kernel."""
        done: dict[PrimExpr, PrimExpr] = {}
        for node in post_order([root], lambda expr: cast("Sequence[PrimExpr]", list(expr.iter_children()))):
            done[node] = self._node(node, done)
        return done[root]

    def element(self, buffer: Buffer, indices: Sequence[PrimExpr]) -> tuple[loops.Buffer, tuple[PrimExpr, ...]]:
        """The array and place that an element of a buffer is."""
        return self._place(buffer, [self.value(index) for index in indices])

    def loads(self, value: PrimExpr) -> bool:
        """Whether an expression of the kernel reads memory."""
        return any(isinstance(node, prim.Load) for node in post_order([value], _operands))

    def _place(self, buffer: Buffer, places: Sequence[PrimExpr]) -> tuple[loops.Buffer, tuple[PrimExpr, ...]]:
        view = self.views.get(buffer)
        if view is not None:
            base, start = view
            missing = len(start) - len(places)
            moved = [_sum(a, b) for a, b in zip(start[missing:], places, strict=True)]
            return base, (*start[:missing], *moved)
        array = self.arrays.get(buffer)
        if array is None:
            self.refuse(f"{buffer.name} is not declared")
        if len(places) != len(array.shape):
            self.refuse(f"{buffer.name} has {len(array.shape)} dimensions, indexed with {len(places)}")
        return array, tuple(places)

    def _node(self, node: PrimExpr, done: Mapping[PrimExpr, PrimExpr]) -> PrimExpr:
        match node:
            case Var():
                if node in self.unknown:
                    self.refuse(f"it computes with the offset {node.name} of a matched buffer")
                return self.values.get(node, node)
            case prim.IntImm() | prim.FloatImm():
                return node
            case prim.GT() | prim.GE():
                return (prim.LT if isinstance(node, prim.GT) else prim.LE)(done[node.b], done[node.a])
            case prim.Binary():
                return type(node)(done[node.a], done[node.b])
            case prim.Not():
                return prim.Not(done[node.a])
            case prim.Select():
                return prim.Select(done[node.condition], done[node.a], done[node.b], node.guards)
            case prim.Cast():
                return _cast(done[node.value], node.dtype)
            case ex.BufferLoad() if node.predicate is None:
                buffer, places = self._place(node.buffer, [done[index] for index in node.indices])
                return prim.Load(buffer, places)
            case ex.Let():
                return self._let(node)
            case prim.Intrinsic():
                return self._intrinsic(node, [done[arg] for arg in node.args])
            case ex.GlobalCall():
                self.refuse(f"it calls the function {node.op.name}")
            case _:
                self.refuse(f"{type(node).__name__} expressions are not run")

    def _let(self, node: ex.Let) -> PrimExpr:
        before = self.values.get(node.var)
        self.values[node.var] = self.value(node.value)
        body = self.value(node.body)
        if before is None:
            del self.values[node.var]
        else:
            self.values[node.var] = before
        return body

    def _intrinsic(self, node: prim.Intrinsic, args: Sequence[PrimExpr]) -> PrimExpr:
        if node.name == "likely":
            return args[0]
        if node.name == "reinterpret" and node.dtype == "float64" and isinstance(args[0], prim.IntImm):
            return prim.FloatImm(struct.unpack("<d", struct.pack("<q", args[0].value))[0], "float64")
        name = _NAMES.get(node.name, node.name)
        meaning = MEANINGS.get(name)
        if meaning is None or meaning.arity != len(args):
            self.refuse(f"the function {node.name} is not run")
        if meaning.keeps_bits and dtypes.bits(args[0].dtype) != dtypes.bits(node.dtype):
            self.refuse(f"it reads the bits of {args[0].dtype} as {node.dtype}")
        if name in _COUNTS:
            # They count in the operand's type here and in int32 in TVM.
            return _cast(prim.Intrinsic(name, tuple(args), args[0].dtype), node.dtype)
        return prim.Intrinsic(name, tuple(args), "bool" if meaning.is_predicate else node.dtype)


def _cast(value: PrimExpr, dtype: str) -> PrimExpr:
    inner = value.value if isinstance(value, prim.Cast) else value
    if isinstance(inner, prim.Intrinsic) and inner.name in _COUNTS:
        return inner if inner.dtype == dtype else prim.Cast(inner, dtype)
    return prim.Cast(value, dtype)


def _sum(a: PrimExpr, b: PrimExpr) -> PrimExpr:
    if isinstance(b, prim.IntImm) and b.value == 0:
        return a
    if a.dtype != b.dtype:
        b = b.astype(a.dtype)
    return b if isinstance(a, prim.IntImm) and a.value == 0 else prim.Add(a, b)


def _operands(expr: PrimExpr) -> Sequence[PrimExpr]:
    return cast("Sequence[PrimExpr]", list(expr.iter_children()))
