"""Structural checks of a kernel before it is compiled: scoping, element types, ranks, indices and what may be written.

A load or store that is not provably inside its buffer is legal, the backend guards it; one that is provably outside is
not.
"""

from __future__ import annotations

from collections.abc import Sequence

from tensor_core import codes, dtypes, prim, shapes
from tensor_core.diagnostics import Diagnostic
from tensor_core.loops.affine import Indices
from tensor_core.loops.intrinsics import MEANINGS
from tensor_core.loops.nodes import Axis, Block, Buffer, Combiner, For, If, PrimFunc, Seq, Stmt, Store
from tensor_core.loops.rewrite import expressions
from tensor_core.prim import PrimExpr, Var
from tensor_core.shapes import Dim


def verify(func: PrimFunc) -> list[Diagnostic]:
    """What is wrong with a kernel (R2R0604 each, at most one per expression node); empty when it can be compiled."""
    checker = _Checker(func)
    checker.signature()
    checker.statements()
    return [Diagnostic(codes.MALFORMED_KERNEL, f"kernel {func.name}: {message}") for message in checker.messages]


class _Checker:
    def __init__(self, func: PrimFunc) -> None:
        self.func = func
        self.messages: list[str] = []
        self._buffers = {*func.params, *func.allocations}
        self._inputs = set(func.params[: len(func.params) - func.outputs])
        self._scope: set[Var] = set(func.scalars)
        self._indices = Indices()
        self._checked: set[PrimExpr] = set()
        self._branched = False

    def say(self, message: str) -> None:
        self.messages.append(message)

    def signature(self) -> None:
        func = self.func
        if not 0 < func.outputs <= len(func.params):
            self.say(f"{func.outputs} outputs among {len(func.params)} parameters")
        if len(self._buffers) != len(func.params) + len(func.allocations):
            self.say("a buffer is declared twice")
        for buffer in func.params:
            self._scope.update(dim for dim in buffer.shape if isinstance(dim, Var))
        for buffer in (*func.params, *func.allocations):
            if not dtypes.is_known(buffer.dtype):
                self.say(f"buffer {buffer.name} has no array element type: {buffer.dtype}")
            for dim in buffer.shape:
                self._dimension(dim, f"buffer {buffer.name}")

    def _dimension(self, dim: Dim, where: str) -> None:
        if isinstance(dim, int):
            if dim < 0:
                self.say(f"{where} has the negative dimension {dim}")
        elif isinstance(dim, shapes.AnyDim):
            self.say(f"{where} has an open dimension")
        else:
            for var in shapes.free_vars(dim):
                if var not in self._scope:
                    self.say(f"{where} uses {var.name}, which no parameter determines")

    def statements(self) -> None:
        # What stands below a branch or in an empty loop may be dead code, whose accesses never happen.
        stack: list[tuple[Stmt | Var, bool]] = [(self.func.body, False)]
        while stack:
            stmt, self._branched = stack.pop()
            branched = self._branched
            match stmt:
                case Var():
                    self._scope.discard(stmt)
                case Seq():
                    stack.extend((item, branched) for item in reversed(stmt.body))
                case For():
                    self._expression(stmt.extent)
                    self._need(stmt.extent, "int", "a loop extent")
                    if stmt.var in self._scope:
                        self.say(f"loop variable {stmt.var.name} is already in scope")
                    self._scope.add(stmt.var)
                    self._indices.variable(stmt.var, shapes.as_dim(stmt.extent))
                    stack += [(stmt.var, branched), (stmt.body, branched or _is_empty(stmt.extent))]
                case If():
                    self._expression(stmt.condition)
                    self._need(stmt.condition, "bool", "a condition")
                    stack.append((stmt.then, True))
                    if stmt.otherwise is not None:
                        stack.append((stmt.otherwise, True))
                case Store():
                    self._write(stmt.buffer, stmt.indices, stmt.value)
                case Block():
                    self._block(stmt)
                case _:
                    self.say(f"{type(stmt).__name__} is not a statement of tensor programs")

    def _block(self, block: Block) -> None:
        for axis in (*block.spatial, *block.reduce):
            self._axis(axis)
            self._branched = self._branched or _is_empty(axis.extent)
        if (block.combiner is None) != (block.init is None) or (block.combiner is None and block.reduce):
            self.say(f"block of {block.target.name}: a combiner, its start and reduce axes belong together")
        if block.combiner in (Combiner.ALL, Combiner.ANY) and block.target.dtype != "bool":
            self.say(f"block of {block.target.name}: {block.combiner.value} needs bool, not {block.target.dtype}")
        reduced = {axis.var for axis in block.reduce}
        for index in block.indices if reduced else ():
            if any(node in reduced for node in expressions([index])):
                self.say(f"block of {block.target.name}: a reduce axis in the target's indices")
        nodes = self._write(block.target, block.indices, block.value)
        for axis in (*block.spatial, *block.reduce):
            self._scope.discard(axis.var)
        if block.init is not None:
            nodes += self._expression(block.init)
            if block.init.dtype != block.target.dtype:
                self.say(f"block of {block.target.name} starts with {block.init.dtype}, not {block.target.dtype}")
        if any(isinstance(node, prim.Load) and node.buffer is block.target for node in nodes):
            self.say(f"block of {block.target.name} loads from its own target")

    def _axis(self, axis: Axis) -> None:
        self._dimension(axis.extent, f"axis {axis.var.name}")
        if axis.var in self._scope:
            self.say(f"axis variable {axis.var.name} is already in scope")
        if not dtypes.is_int(axis.var.dtype):
            self.say(f"axis variable {axis.var.name} is {axis.var.dtype}")
        self._scope.add(axis.var)
        self._indices.variable(axis.var, axis.extent)

    def _write(self, buffer: Buffer, indices: Sequence[PrimExpr], value: PrimExpr) -> list[PrimExpr]:
        """Check a write; answers the nodes of the value."""
        if buffer in self._inputs:
            self.say(f"writes to the input {buffer.name}")
        self._access(buffer, indices, guarded=self._branched)
        for index in indices:
            self._expression(index)
        nodes = self._expression(value)
        if value.dtype != buffer.dtype:
            self.say(f"writes {value.dtype} into {buffer.name} of {buffer.dtype}")
        return nodes

    def _access(self, buffer: Buffer, indices: Sequence[PrimExpr], guarded: bool) -> None:
        if buffer not in self._buffers:
            self.say(f"buffer {buffer.name} is neither a parameter nor an allocation")
        if len(indices) != len(buffer.shape):
            self.say(f"{buffer.name} has {len(buffer.shape)} dimensions, indexed with {len(indices)}")
            return
        for index, dim in zip(indices, buffer.shape, strict=True):
            if not dtypes.is_int(index.dtype):
                self.say(f"index of {buffer.name} is {index.dtype}, not an integer")
            elif isinstance(dim, int) and not guarded:
                low, high = self._indices.bounds(self._indices.poly(index))
                if low >= dim > 0 or high < 0:
                    self.say(f"index [{low}, {high}] of {buffer.name} is outside [0, {dim})")

    def _expression(self, root: PrimExpr) -> list[PrimExpr]:
        """Check what has not been checked of an expression; answers all its nodes."""
        nodes = expressions([root])
        new = [node for node in nodes if node not in self._checked or isinstance(node, Var)]
        guarded = self._branched or any(isinstance(node, prim.Select) and node.guards for node in new)
        for node in new:
            self._checked.add(node)
            self._node(node, guarded)
        return nodes

    def _node(self, node: PrimExpr, guarded: bool) -> None:
        match node:
            case Var():
                if node not in self._scope:
                    self.say(f"variable {node.name} is not defined here")
            case prim.And() | prim.Or():
                self._need(node.a, "bool", "a logical operand")
                self._need(node.b, "bool", "a logical operand")
            case prim.Not():
                self._need(node.a, "bool", "a logical operand")
            case prim.Binary():
                if node.a.dtype != node.b.dtype:
                    self.say(f"operands of {node.symbol} are {node.a.dtype} and {node.b.dtype}")
            case prim.Select():
                self._need(node.condition, "bool", "a condition")
                if node.a.dtype != node.b.dtype:
                    self.say(f"arms of a choice are {node.a.dtype} and {node.b.dtype}")
            case prim.Load():
                self._access(node.buffer, node.indices, guarded)
            case prim.Intrinsic():
                self._intrinsic(node)
            case prim.Cast() | prim.IntImm() | prim.FloatImm():
                if not dtypes.is_known(node.dtype):
                    self.say(f"{node.dtype} is not an element type")
            case _:
                self.say(f"{type(node).__name__} does not belong into a tensor program")

    def _intrinsic(self, node: prim.Intrinsic) -> None:
        meaning = MEANINGS.get(node.name)
        if meaning is None:
            self.say(f"unknown intrinsic {node.name}")
            return
        if len(node.args) != meaning.arity:
            self.say(f"intrinsic {node.name} takes {meaning.arity} arguments, got {len(node.args)}")
            return
        given = node.args[0].dtype
        if meaning.keeps_bits:
            if dtypes.bits(node.dtype) != dtypes.bits(given):
                self.say(f"intrinsic {node.name} makes {node.dtype} of {given}, which has another width")
            return
        if meaning.on_bits and any(dtypes.is_float(arg.dtype) for arg in node.args):
            self.say(f"intrinsic {node.name} works on bits of integers, got {given}")
        if meaning.on_bits and len({arg.dtype for arg in node.args}) > 1:
            self.say(f"intrinsic {node.name} takes one element type, got {' and '.join(a.dtype for a in node.args)}")
        wanted = "bool" if meaning.is_predicate else given
        if node.dtype != wanted:
            self.say(f"intrinsic {node.name} gives {wanted}, declared {node.dtype}")

    def _need(self, expr: PrimExpr, kind: str, what: str) -> None:
        if not (dtypes.is_int(expr.dtype) if kind == "int" else expr.dtype == kind):
            self.say(f"{what} must be {kind}, not {expr.dtype}")


def _is_empty(extent: Dim) -> bool:
    known = shapes.as_dim(extent)
    return isinstance(known, int) and known <= 0
