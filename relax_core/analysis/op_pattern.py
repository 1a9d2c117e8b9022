"""How the outputs of a tensor program depend on its inputs (AnalyzeOpPatternKind in TVM 0.19 to 0.27).

TVM calls every program without blocks elementwise. Here each store of a program in plain loops is looked at as a block
would be whose reduced variables are those of loops around it that its indices do not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tensor_core.loops.rewrite import expressions
from tensor_core.node import Node, post_order
from tensor_core.ops.card import Pattern
from tensor_core.prim import Add, Cast, IntImm, Mul, PrimExpr, Var
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.expr import BufferLoad
from tensor_core.tir.function import PrimFunc
from tensor_core.tir.functor import variables
from tensor_core.tir.stmt import (
    Allocate,
    AllocBuffer,
    Block,
    BlockRealize,
    BufferStore,
    DeclBuffer,
    Evaluate,
    For,
    SeqStmt,
    Stmt,
)

_ELEMENTWISE = Pattern.ELEMENTWISE.value
_BROADCAST = Pattern.BROADCAST.value
_INJECTIVE = Pattern.INJECTIVE.value
_REDUCE = Pattern.REDUCE.value
_OUT_FUSABLE = Pattern.OUT_FUSABLE.value
_OPAQUE = Pattern.OPAQUE.value


def op_pattern(function: PrimFunc) -> Pattern:
    """The pattern of a program of blocks or plain loops, each of which stores at one place."""
    found = _Analysis(function.buffer_map.values())
    if any(
        isinstance(node, Block) and node.name_hint != "root" for node in post_order([function.body], Node.iter_children)
    ):
        found.run(function.body)
    else:
        found.run_loops(function.body)
    return Pattern(found.kind)


class _Analysis:
    def __init__(self, params: Iterable[Buffer]) -> None:
        self.kind = _ELEMENTWISE
        self._params = set(params)
        self._store: BufferStore | None = None
        self._loads: list[BufferLoad] = []

    def run(self, body: Stmt) -> None:
        """Look at all blocks."""
        stack: list[tuple[Node, bool]] = [(body, False)]
        while stack:
            node, done = stack.pop()
            if isinstance(node, Block):
                if done:
                    reduced = {item.var for item in node.iter_vars if item.kind == "CommReduce"}
                    self._finish(node.body, reduced, any(region.buffer in self._params for region in node.writes))
                    continue
                if node.name_hint != "root":
                    self._store, self._loads = None, []
                    stack.append((node, True))
                stack.append((node.body, False))
                continue
            if isinstance(node, BufferStore):
                if self._store is not None and not _same(node.indices, self._store.indices):
                    self.kind = _OPAQUE
                    continue
                self._store = node
            elif isinstance(node, BufferLoad):
                self._loads.append(node)
            stack.extend((child, False) for child in reversed(list(node.iter_children())))

    def run_loops(self, body: Stmt) -> None:
        """Look at all stores; what is neither a loop nor a store makes the program opaque."""
        stack: list[tuple[Stmt, frozenset[Var]]] = [(body, frozenset())]
        while stack:
            node, loops = stack.pop()
            match node:
                case SeqStmt():
                    stack += [(item, loops) for item in reversed(node.seq)]
                case For():
                    stack.append((node.body, loops | {node.loop_var}))
                case BlockRealize():
                    stack.append((node.block, loops))
                case Block() | AllocBuffer() | Allocate() | DeclBuffer():
                    stack.append((node.body, loops))
                case Evaluate(value=IntImm()):
                    pass
                case BufferStore():
                    self._store_in_loops(node, loops)
                case _:
                    self.kind = _OPAQUE

    def _store_in_loops(self, store: BufferStore, loops: frozenset[Var]) -> None:
        self._store = store
        self._loads = [item for item in expressions([store.value, *store.indices]) if isinstance(item, BufferLoad)]
        if any(load.buffer is store.buffer and not _same(load.indices, store.indices) for load in self._loads):
            # A scan: what is read was stored in a turn before.
            self.kind = _OPAQUE
            return
        used = {var for index in store.indices for var in variables(index)}
        self._finish(store, set(loops - used), store.buffer in self._params)

    def _finish(self, body: Stmt, reduced: set[Var], is_output: bool) -> None:
        store = self._store
        if store is None:
            self.kind = _OPAQUE
            return
        access = self._access(store)
        if access != _OPAQUE:
            # A reduction, and its result with other values: softmax.
            self.kind = _OUT_FUSABLE if is_output and self.kind == _REDUCE else max(self.kind, access)
            return
        if not reduced:
            self.kind = _OPAQUE
            return
        pure = not _is_multiply_add(body) and all(_is_whole(load.indices, reduced) for load in self._loads)
        self.kind = max(self.kind, _REDUCE if pure else _OUT_FUSABLE)

    def _access(self, store: BufferStore) -> int:
        kinds = [_of_load(store, load) for load in self._loads]
        worst = max(kinds, default=_ELEMENTWISE)
        return _ELEMENTWISE if worst == _BROADCAST and _ELEMENTWISE in kinds else worst


def _of_load(store: BufferStore, load: BufferLoad) -> int:
    if _same(store.indices, load.indices):
        return _ELEMENTWISE
    if _is_broadcast(store, load):
        return _BROADCAST
    known = _index_variables(store)
    if known is not None and all(known.issuperset(variables(index)) for index in load.indices):
        return _INJECTIVE
    return _OPAQUE


def _is_broadcast(store: BufferStore, load: BufferLoad) -> bool:
    """Whether the indices of the load are among those of the store, in order; those of axes of length 1 may be left."""
    place = 0
    for size, index in zip(load.buffer.shape, load.indices, strict=True):
        if _is_int(size, 1) and _is_int(index, 0):
            continue
        while place < len(store.indices) and not _is_same(store.indices[place], index):
            place += 1
        if place == len(store.indices):
            return False
    return True


def _index_variables(store: BufferStore) -> set[Var] | None:
    """The variables a store is indexed with; None if it is indexed with anything else."""
    found = {index for index in store.indices if isinstance(index, Var)}
    return found if all(isinstance(index, Var) for index in store.indices) else None


def _is_multiply_add(body: Stmt) -> bool:
    """Whether a statement is like ``C[i, j] += A[i, k] * B[k, j]``."""
    if not isinstance(body, BufferStore):
        return False
    total = _plain(body.value)
    product = _plain(total.b) if isinstance(total, Add) else None
    if not isinstance(total, Add) or not isinstance(product, Mul):
        return False
    before, lhs, rhs = _plain(total.a), _plain(product.a), _plain(product.b)
    if not isinstance(before, BufferLoad) or before.buffer is not body.buffer:
        return False
    return _same(before.indices, body.indices) and _is_reused(body, lhs) and _is_reused(body, rhs)


def _is_reused(store: BufferStore, value: PrimExpr) -> bool:
    """Whether a value is a load that does not depend on all variables of the store."""
    known = _index_variables(store)
    if known is None or not isinstance(value, BufferLoad):
        return False
    return any(var not in variables(value) for var in known)


def _is_whole(indices: Sequence[PrimExpr], reduced: set[Var]) -> bool:
    """Whether variables of reductions are indices by themselves only."""
    return all(index in reduced or not reduced.intersection(variables(index)) for index in indices)


def _plain(value: PrimExpr) -> PrimExpr:
    while isinstance(value, Cast):
        value = value.value
    return value


def _same(left: Sequence[PrimExpr], right: Sequence[PrimExpr]) -> bool:
    return len(left) == len(right) and all(map(_is_same, left, right))


def _is_same(left: PrimExpr, right: PrimExpr) -> bool:
    # Each constant in a program is one of its own.
    return left is right and not isinstance(left, IntImm)


def _is_int(value: PrimExpr, number: int) -> bool:
    return isinstance(value, IntImm) and value.value == number
