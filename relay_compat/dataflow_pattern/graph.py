"""The dataflow of an expression as a graph with numbered nodes and its dominator tree (indexed_graph.cc in TVM 0.19).

A node's dominator is the nearest node through which everything that is computed from it passes.
"""

from __future__ import annotations

from collections.abc import Iterator

from relay_compat.ir.adt import Match
from relay_compat.ir.expr import Call, Expr, Function, If, Let, RefCreate, RefRead, RefWrite, Tuple, TupleGetItem, Var
from relay_compat.visit import pattern_vars

_NONE = -1


class IndexedGraph:
    """Numbers are those of a walk in which operands come before their users; ``nodes[index[e]] is e``."""

    def __init__(self, root: Expr) -> None:
        self.nodes: list[Expr] = []
        self.index: dict[Expr, int] = {}
        self._recursive: set[Expr] = set()
        self._number(root)
        size = len(self.nodes)
        self.inputs: list[list[int]] = [[] for _ in range(size)]
        self.outputs: list[list[int]] = [[] for _ in range(size)]
        self._connect()
        self.dominator: list[int] = [_NONE] * size
        self._depth = [1] * size
        self._jump = list(range(size))
        self._dominate(self.index[root])
        self._span: list[tuple[int, int]] = []

    def dominates(self, above: int, below: int) -> bool:
        """Whether the node ``above`` is on every way from ``below`` to the root, and not that node itself."""
        if not self._span:
            self._number_tree()
        first, last = self._span[above]
        return first < self._span[below][0] <= last

    # ------------------------------------------------------------ numbers

    def _number(self, root: Expr) -> None:
        """The walk, which leaves a let's variable out while it walks through the let's own value (recursion)."""
        bound: list[Var | None] = [None]
        stack: list[tuple[Expr, Iterator[Expr | _Bind]]] = [(root, _walked(root))]
        index, nodes = self.index, self.nodes
        while stack:
            node, pending = stack[-1]
            for child in pending:
                if isinstance(child, _Bind):
                    child.apply(bound)
                elif child not in index and child is not bound[-1]:
                    stack.append((child, _walked(child)))
                    break
            else:
                stack.pop()
                if node not in index:
                    index[node] = len(nodes)
                    nodes.append(node)
                    if isinstance(node, Call) and node.op is bound[-1]:
                        self._recursive.add(node)

    # ------------------------------------------------------------ edges

    def _connect(self) -> None:
        for node in self.nodes:
            for source, target in self._edges(node):
                start, end = self.index[source], self.index[target]
                self.outputs[start].append(end)
                self.inputs[end].append(start)

    def _edges(self, node: Expr) -> Iterator[tuple[Expr, Expr]]:
        match node:
            case Let():
                yield node.value, node.var
                yield node.body, node
            case Match():
                for clause in node.clauses:
                    for var in pattern_vars(clause.lhs):
                        yield node.data, var
                    yield clause.rhs, node
            case Function():
                yield node.body, node
            case Call():
                if node not in self._recursive:
                    yield node.op, node
                for arg in node.args:
                    yield arg, node
            case Tuple() | TupleGetItem() | If() | RefCreate() | RefRead() | RefWrite():
                for child in node.iter_children():
                    assert isinstance(child, Expr)
                    yield child, node
            case _:
                pass

    # ------------------------------------------------------------ dominators

    def _dominate(self, root: int) -> None:
        for node in range(len(self.nodes) - 1, -1, -1):
            outputs = self.outputs[node]
            if node == root or not outputs:
                continue
            parent = outputs[0]
            for other in outputs[1:]:
                parent = self._common(parent, other)
            # Only a recursive function that is handed on feeds what was numbered before it.
            if parent > node:
                self._hang(node, parent)

    def _hang(self, node: int, parent: int) -> None:
        """Make a node the child of another. Jumps skip so far up that any ancestor is few jumps away."""
        depth, jump = self._depth, self._jump
        self.dominator[node] = parent
        depth[node] = depth[parent] + 1
        far = jump[parent]
        same = depth[parent] - depth[far] == depth[far] - depth[jump[far]]
        jump[node] = jump[far] if same else parent

    def _common(self, left: int, right: int) -> int:
        """The nearest common ancestor; none when there is none."""
        if left == _NONE or right == _NONE:
            return _NONE
        depth, jump, up = self._depth, self._jump, self.dominator
        while depth[left] != depth[right]:
            if depth[left] < depth[right]:
                left, right = right, left
            left = jump[left] if depth[jump[left]] >= depth[right] else up[left]
        while left != right:
            if depth[left] == 1:
                return _NONE
            apart = jump[left] != jump[right]
            left, right = (jump[left], jump[right]) if apart else (up[left], up[right])
        return left

    def _number_tree(self) -> None:
        """For each node its number in a walk over the dominator tree and the last one of the nodes below it."""
        size = len(self.nodes)
        below = [1] * size
        for node in range(size):
            if (parent := self.dominator[node]) != _NONE:
                below[parent] += below[node]
        first = [0] * size
        free = list(range(size))
        total = 0
        for node in range(size - 1, -1, -1):
            parent = self.dominator[node]
            if parent == _NONE:
                first[node], total = total, total + below[node]
            else:
                first[node] = free[parent]
                free[parent] += below[node]
            free[node] = first[node] + 1
        self._span = [(first[node], first[node] + below[node] - 1) for node in range(size)]


class _Bind:
    """The walk enters (with a variable) or leaves the value of a let."""

    def __init__(self, var: Var | None) -> None:
        self._var = var

    def apply(self, bound: list[Var | None]) -> None:
        if self._var is None:
            bound.pop()
        else:
            bound.append(self._var)


def _walked(node: Expr) -> Iterator[Expr | _Bind]:
    """The expressions to visit before a node, in TVM's order."""
    match node:
        case Let():
            yield _Bind(node.var)
            yield node.value
            yield _Bind(None)
            yield node.var
            yield node.body
        case Match():
            yield node.data
            for clause in node.clauses:
                yield from pattern_vars(clause.lhs)
                yield clause.rhs
        case _:
            for child in node.iter_children():
                if isinstance(child, Expr):
                    yield child
