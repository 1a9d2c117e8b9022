"""Relax programs as the search sees them: typed, measured, told apart, and written anew with some of it changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any, cast

from migrate.values import Array, Value
from migrate.verify.generate.program import Program
from migrate.verify.reduce.arrays import complexity, fingerprint
from relax_core import well_formed
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    Constant,
    DataflowVar,
    Function,
    GlobalVar,
    If,
    IRModule,
    MatchCast,
    SeqExpr,
    ShapeExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType, Type
from relax_core.normalize import normalize
from relax_core.structural_hash import structural_hash
from relay_compat.visit import Rewriter, reachable
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import Expr
from tensor_core.node import Node
from tensor_core.types import TupleType
from tensor_core.types import leaves as type_leaves

MAIN = "main"
ChangeDim = Callable[[int], int]


def main_of(program: Program) -> Function:
    """The function that the arguments are for."""
    function = program.module[MAIN]
    assert isinstance(function, Function)
    return function


def body_of(program: Program) -> SeqExpr:
    """Its body, in normal form."""
    body = main_of(program).body
    assert isinstance(body, SeqExpr)
    return body


def bindings_of(program: Program) -> list[Binding]:
    """The bindings of main itself, in order; those of branches and local functions are left out."""
    return [binding for block in body_of(program).blocks for binding in block.bindings]


def functions_of(program: Program) -> dict[GlobalVar, Function]:
    """The Relax functions of a module."""
    return {var: item for var, item in program.module.functions.items() if isinstance(item, Function)}


def nodes_of(program: Program) -> list[Node]:
    """Every node of all functions, operands before users."""
    return reachable(*functions_of(program).values())


def typed(program: Program) -> Program:
    """The program in normal form. DiagnosticError when it has no types or breaks a rule."""
    module = normalize(cast(IRModule, program.module))
    found = well_formed.check(module)
    if found:
        raise DiagnosticError(*found)
    return dataclasses.replace(program, module=module)


def all_bindings(program: Program) -> list[Binding]:
    """The bindings of all functions, branches and local functions included."""
    return [node for node in nodes_of(program) if isinstance(node, Binding)]


def counted(program: Program) -> int:
    """Bindings, constants, and tuples that stand in arguments."""
    nodes = nodes_of(program)
    whole = {node.value for node in nodes if isinstance(node, VarBinding)}
    return sum(
        isinstance(node, (Binding, Constant)) or (isinstance(node, Tuple) and node not in whole) for node in nodes
    )


def size(program: Program) -> tuple[float, ...]:
    """Smaller comes first: nodes and functions, parameters, constants, elements, values."""
    nodes = nodes_of(program)
    constants = [node.data for node in nodes if isinstance(node, Constant)]
    variables = [node for node in nodes if isinstance(node, Var)]
    return (
        counted(program) + len(program.module.functions) - 1,
        sum(len(node.params) for node in nodes if isinstance(node, Function)),
        len(constants),
        sum(_elements(var.ty) for var in variables) + sum(array.size for array in constants),
        sum(isinstance(var, DataflowVar) for var in variables),
        complexity([*constants, *program.args]),
    )


def _elements(type_: Type | None) -> float:
    tensors = [leaf for leaf in type_leaves(type_) if isinstance(leaf, TensorType)] if type_ is not None else []
    known = [tensor.dims for tensor in tensors if tensor.dims is not None and shapes.is_static(tensor.dims)]
    return sum(10.0 + float(cast(int, shapes.product(dims))) for dims in known) + 1e6 * (len(tensors) - len(known))


def digest(program: Program) -> object:
    """Equal for programs that are the same up to names."""
    return structural_hash(program.module), fingerprint(program.args)


class Anew(Rewriter):
    """Writes functions anew, on nodes of their own whose types are to be deduced again.

    ``known``: what takes the place of nodes. ``dropped``: bindings that go. ``plain``: dataflow variables that become
    plain ones. ``size`` and ``array``: what dimensions and arrays become.
    """

    def __init__(
        self,
        program: Program,
        known: Mapping[Any, Any] | None = None,
        dropped: Set[Binding] = frozenset(),
        plain: Set[Var] = frozenset(),
        size: ChangeDim | None = None,
        array: Callable[[Array], Array] | None = None,
    ) -> None:
        super().__init__()
        self._program = program
        self._names = {var: GlobalVar(var.name) for var in program.module.functions}
        self._known: dict[Any, Any] = {**self._names, **(known or {})}
        self._dropped = dropped
        self._plain = plain
        self._size = size
        self._array = array
        functions = [node for node in nodes_of(program) if isinstance(node, Function)]
        self._params = {param for function in functions for param in function.params}

    def module(self, without: Set[GlobalVar] = frozenset()) -> IRModule:
        """The module, without some of its functions."""
        old = self._program.module
        made: dict[Any, Any] = {}
        for var, function in old.functions.items():
            if var not in without:
                new = self.rewrite(function) if isinstance(function, Function) else function
                made[self._names[var]] = new.replace(ret_ty=None) if var.name == MAIN else new
        return IRModule(made, None, old.attrs, old.global_infos, old.params, old.release)

    def order(self, node: Node) -> Iterator[Node]:
        """What takes the place of a node is visited in its place; what is dropped is not."""
        new = self._known.get(node)
        if new is not None:
            return iter((new,)) if new is not node else iter(())
        if isinstance(node, BindingBlock):
            return iter([binding for binding in node.bindings if binding not in self._dropped])
        return super().order(node)

    def leave(self, old: Node, new: Node) -> Node:
        """The new node, without a type."""
        if old in self._known:
            other: Node = self._known[old]
            return self.done.get(other, other)
        match new:
            case Var():
                type_ = self._type(new.ty) if old in self._params else None
                kind = Var if old in self._plain else type(new)
                return kind(new.name, type_)
            case BindingBlock():
                assert isinstance(old, BindingBlock)
                kept = [self.done[item] for item in old.bindings if item not in self._dropped]
                return new.replace(bindings=tuple(kept))
            case MatchCast():
                return new.replace(ty=self._type(new.ty))
            case Call():
                return new.replace(ty_args=tuple(map(self._type, new.ty_args)))
            case Function():
                return new.replace(ret_ty=self._type(new.ret_ty))
            case ShapeExpr():
                return ShapeExpr(self._dims(new.values))
            case Constant():
                return Constant(new.data if self._array is None else self._array(new.data))
            case If() | SeqExpr() | Tuple() | TupleGetItem():
                return new.replace()
            case _:
                return new

    def _dims(self, dims: Any) -> Any:
        change = self._size
        return dims if change is None else tuple(change(int(dim)) if isinstance(dim, int) else dim for dim in dims)

    def _type(self, type_: Any) -> Any:
        if self._size is None or type_ is None:
            return type_
        if isinstance(type_, TensorType) and type_.dims is not None:
            return TensorType(self._dims(type_.dims), type_.dtype, type_.vdevice)
        if isinstance(type_, TupleType):
            return TupleType(tuple(map(self._type, type_.fields)))
        return type_


def with_result(program: Program, result: Expr) -> dict[Any, Any]:
    """What :class:`Anew` is told to give main another result."""
    body = body_of(program)
    return {body: body.replace(body=result)}


def remade(
    program: Program, anew: Anew, args: Sequence[Value] | None = None, without: Set[Any] = frozenset()
) -> Program:
    """The program written anew, with other arguments, without some of its functions."""
    values = program.args if args is None else tuple(args)
    return dataclasses.replace(program, module=anew.module(without), args=values)
