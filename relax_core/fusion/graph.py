"""The dataflow graph of a module that fusion works on (GraphCreator in TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Iterable

from relax_core.analysis.walk import walk
from relax_core.fusion.make_functions import is_fused
from relax_core.fusion.symbols import free_symbols
from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowVar,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    MatchCast,
    Op,
    PrimFunc,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
)
from relax_core.types.relations import definable_symbols
from tensor_core.ops.card import Pattern
from tensor_core.post_dominators import GraphNode
from tensor_core.prim import Var as SymbolicVar

_OPAQUE = Pattern.OPAQUE.value
_KERNELS = ("relax.call_tir", "relax.call_tir_inplace")


class FusionGraph:
    """The variables of all functions that are not the result of fusion, operands before users (``order``).

    A variable has the pattern that the tensor program it is bound to states as ``op_pattern``. What mentions a symbolic
    variable that a match_cast defines uses the cast; TVM does not see that, and calls groups before their sizes are
    known.
    """

    def __init__(self, module: IRModule) -> None:
        self.order: list[GraphNode[Expr]] = []
        self._module = module
        self._nodes: dict[Expr, GraphNode[Expr]] = {}
        # Tuples of weights: fetching a weight is not fused.
        self._packed: set[Expr] = set()
        self._casts: dict[SymbolicVar, MatchCast] = {}
        for function in module.functions.values():
            if isinstance(function, Function) and not is_fused(function):
                self._add_function(function)

    def _add_function(self, function: Function) -> None:
        for param in function.params:
            self._node(param).external = True
        inputs = (function.attrs or {}).get("num_input")
        if inputs is not None:
            self._packed.update(function.params[int(inputs) :])
        assert isinstance(function.body, SeqExpr)
        for block in function.body.blocks:
            for binding in block.bindings:
                self._add(binding)

    def _add(self, binding: Binding) -> None:
        node, value = GraphNode[Expr](binding.var), binding.value
        if not isinstance(binding, MatchCast):
            node.external = not isinstance(binding.var, DataflowVar)
            if isinstance(value, Call):
                args, node.pattern = self._called(value)
            elif isinstance(value, TupleGetItem):
                args = (value.tuple_value,)
                node.pattern = _OPAQUE if value.tuple_value in self._packed else Pattern.INJECTIVE.value
            else:
                args = tuple(item for item, done in walk(value) if not done and isinstance(item, Var))
            self._use(args, node)
        self._use_symbols(binding, node)
        self._nodes[binding.var] = self._placed(node)
        if isinstance(binding, MatchCast):
            self._casts.update(
                (symbol, binding) for symbol in definable_symbols(binding.ty) if symbol not in self._casts
            )

    def _use_symbols(self, binding: Binding, user: GraphNode[Expr]) -> None:
        for symbol in free_symbols(binding) if self._casts else ():
            cast = self._casts.get(symbol)
            if cast is not None:
                node = self._nodes[cast.var]
                if not node.uses:
                    self._use((cast.value,), node)
                node.uses.append((user, user.pattern))

    def _called(self, call: Call) -> tuple[Iterable[Expr], int]:
        if not (isinstance(call.op, Op) and call.op.name in _KERNELS):
            return call.args, _OPAQUE
        kernel, args = call.args[0], call.args[1]
        function = self._module.functions.get(kernel) if isinstance(kernel, GlobalVar) else None
        stated = function.attrs.get("op_pattern") if isinstance(function, PrimFunc) else None
        return (args,), _OPAQUE if stated is None else int(stated)

    def _use(self, args: Iterable[Expr], user: GraphNode[Expr]) -> None:
        stack = [*args][::-1]
        while stack:
            item = stack.pop()
            if isinstance(item, Tuple):
                stack.extend(reversed(item.fields))
            elif isinstance(item, Var):
                self._node(item).uses.append((user, user.pattern))

    def _node(self, var: Expr) -> GraphNode[Expr]:
        found = self._nodes.get(var)
        if found is None:
            found = self._nodes[var] = self._placed(GraphNode(var))
        return found

    def _placed(self, node: GraphNode[Expr]) -> GraphNode[Expr]:
        node.index = len(self.order)
        self.order.append(node)
        return node
