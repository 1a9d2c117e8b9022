"""TopologicalSort: bindings of dataflow blocks in another legal order (relax.transform of TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from relax_core.analysis.walk import parts
from relax_core.fusion.symbols import free_symbols
from relax_core.ir.expr import Binding, BindingBlock, DataflowBlock, Function, MatchCast, SeqExpr, Var
from relax_core.ir.types import ObjectType
from relax_core.passes.function_pass import FunctionPass
from relax_core.types.relations import definable_symbols, symbols
from relax_core.visit import Mutator, scopes, variables
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.node import Node as Part
from tensor_core.passes import Pass, PassInfo
from tensor_core.prim import Var as SymbolicVar
from tensor_core.trampoline import Steps

_ORDERS = ("depth-first", "breadth-first")
_DIRECTIONS = ("from-inputs", "from-outputs")

Node = Var | str
"""A variable, or what stands for all inputs or all outputs."""
_INPUT, _OUTPUT = "input", "output"


def TopologicalSort(order: str = "depth-first", direction: str = "from-inputs") -> Pass:
    """Sort depth-first or breadth-first, from inputs or from outputs. ValueError for other words.

    What uses a symbolic variable stays behind the ``match_cast`` that defines it; no release of TVM sees to that.
    """
    if order not in _ORDERS:
        raise ValueError(f'Invalid value for traversal order: "{order}".  Allowed values are {_ORDERS}')
    if direction not in _DIRECTIONS:
        raise ValueError(f'Invalid value for starting location: "{direction}".  Allowed values are {_DIRECTIONS}')
    return FunctionPass(
        PassInfo(0, "TopologicalSort"), lambda function, _, __: topological_sort(function, order, direction)
    )


def topological_sort(function: Function, order: str = "depth-first", direction: str = "from-inputs") -> Function:
    """The function, in normal form, with sorted dataflow blocks; those of local functions, too."""
    return _Sorter(order == "depth-first", direction == "from-outputs").run(function)


class _Graph:
    """Who uses which variable, or a symbolic variable that it defines, and whom it uses."""

    def __init__(self, function: Function) -> None:
        self.users: dict[Node, deque[Node]] = {}
        self.needs: dict[Node, deque[Node]] = {}
        self._known: set[Var] = set()
        self._defining: dict[SymbolicVar, Var] = {}
        # What a variable is nested in, and the casts that define the symbolic variables which its binding uses.
        self._owners: dict[Var, Var] = {}
        self._casts: dict[Var, dict[Var, None]] = {}
        order: list[Var] = []
        given = {symbol for param in function.params if param.ty for symbol in definable_symbols(param.ty)}
        for param in function.params:
            self._known.add(param)
            self._edge(_INPUT, param)
        self._body(function.body, order, given)
        self._symbol_edges(order)
        starting = [var for var in order if var not in self.needs]
        unused = [var for var in order if var not in self.users]
        for var in starting:
            self._edge(_INPUT, var)
        for var in reversed(unused):
            self.needs.setdefault(_OUTPUT, deque()).appendleft(var)
            self.users.setdefault(var, deque()).appendleft(_OUTPUT)

    def _edge(self, producer: Node, user: Node) -> None:
        self.users.setdefault(producer, deque()).append(user)
        self.needs.setdefault(user, deque()).append(producer)

    def _body(self, root: object, order: list[Var], given: set[SymbolicVar]) -> None:
        # What is inside of a branch or a local function counts as the variable that it is bound to.
        stack: list[tuple[object, Var | None]] = [(root, None)]
        while stack:
            body, owner = stack.pop()
            if isinstance(body, Function):
                self._known.update(body.params)
                body = body.body
            if not isinstance(body, SeqExpr):
                continue
            for binding in (binding for block in body.blocks for binding in block.bindings):
                self._known.add(binding.var)
                if owner is not None:
                    self._owners[binding.var] = owner
                order.append(binding.var)
                for var in variables(binding.value):
                    if var in self._known:
                        self._edge(var, binding.var)
                self._symbols(binding, given)
                stack.extend((scope, binding.var) for scope in scopes(binding.value))
            for var in variables(body.body):
                if var in self._known:
                    self._edge(var, _OUTPUT if owner is None else owner)

    def _symbols(self, binding: Binding, given: set[SymbolicVar]) -> None:
        """Note the casts that define the symbolic variables which a binding uses, but for what is nested in it."""
        if self._defining:
            used = (*free_symbols(binding.value, _flat), *symbols(binding.var.ty or ObjectType()))
            found = dict.fromkeys(self._defining[symbol] for symbol in used if symbol in self._defining)
            if found:
                self._casts[binding.var] = found
        if isinstance(binding, MatchCast):
            for symbol in definable_symbols(binding.ty):
                if symbol not in given:
                    self._defining.setdefault(symbol, binding.var)

    def _symbol_edges(self, order: Sequence[Var]) -> None:
        """Edges from casts to what uses what they define, and to what that is nested in as far as it is outside."""
        for var in reversed(order) if self._casts else ():
            owner = self._owners.get(var)
            if owner is not None:
                outer = [cast for cast in self._casts.get(var, ()) if self._owners.get(cast) is not owner]
                if outer:
                    self._casts.setdefault(owner, {}).update(dict.fromkeys(outer))
        for var in order:
            for cast in self._casts.get(var, ()):
                self._edge(cast, var)


def _flat(node: Part) -> tuple[Part, ...]:
    return () if isinstance(node, (Function, SeqExpr)) else parts(node)


class _Sorter(Mutator):
    def __init__(self, depth_first: bool, from_outputs: bool) -> None:
        super().__init__()
        self._depth_first = depth_first
        self._from_outputs = from_outputs
        self._graph: _Graph | None = None

    def function(self, function: Function) -> Steps[Function]:
        """Sort by the dependencies of this function."""
        outer, self._graph = self._graph, _Graph(function)
        if self._depth_first:
            for users in self._graph.users.values():
                users.reverse()
        new = yield super().function(function)
        self._graph = outer
        return new

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """Sort a dataflow block."""
        if isinstance(block, DataflowBlock):
            bindings = self._sorted(block)
            if any(a is not b for a, b in zip(bindings, block.bindings, strict=True)):
                block = block.replace(bindings=tuple(bindings))
        return (yield super().block(block))

    def _sorted(self, block: DataflowBlock) -> list[Binding]:
        assert self._graph is not None
        forward, backward = self._graph.users, self._graph.needs
        start = _INPUT
        if self._from_outputs:
            forward, backward, start = backward, forward, _OUTPUT
        left = {binding.var: binding for binding in block.bindings}
        # How many things are still to come before a variable; one that is used twice by one other counts twice.
        missing = {node: len(others) for node, others in backward.items()}
        result: list[Binding] = []
        visited: set[Node] = set()
        pending: deque[Node] = deque([start])
        while pending:
            node = pending.pop() if self._depth_first else pending.popleft()
            if node in visited:
                continue
            visited.add(node)
            if isinstance(node, Var) and node in left:
                result.append(left.pop(node))
            for other in _freed(forward.get(node, ()), missing):
                pending.append(other)
        if left:
            names = ", ".join(var.name for var in left)
            raise fail(codes.ILL_FORMED, f"no order was found for {names}", block.span)
        return result[::-1] if self._from_outputs else result


def _freed(others: Iterable[Node], missing: dict[Node, int]) -> list[Node]:
    """Those of the others that waited for nothing else, each where it is named first."""
    for other in others:
        missing[other] -= 1
    return [other for other in dict.fromkeys(others) if missing[other] == 0]
