"""Relay programs as the search sees them: typed, measured, told apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from migrate.values import Value
from migrate.verify.generate.program import Program
from migrate.verify.reduce.arrays import complexity, fingerprint
from relay_compat.attr_structs import struct_named
from relay_compat.ir.adt import Clause, Constructor, Match, Pattern
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, If, Let, Op, RelayExpr, Var
from relay_compat.ir.module import IRModule
from relay_compat.ir.types import TensorType, TypeData
from relay_compat.structural import structural_hash
from relay_compat.types.infer import infer_types
from relay_compat.visit import copied, reachable
from tensor_core import shapes
from tensor_core.attrs import Attrs
from tensor_core.node import Node
from tensor_core.types import leaves

MAIN = "main"


def main_of(program: Program) -> Function:
    """The function that the arguments are for."""
    function = program.module[MAIN]
    assert isinstance(function, Function)
    return function


def functions_of(program: Program) -> dict[GlobalVar, Function]:
    """The Relay functions of a module."""
    return {
        cast(GlobalVar, var): function
        for var, function in program.module.functions.items()
        if isinstance(function, Function)
    }


def nodes_of(program: Program) -> list[Node]:
    """Every node of all functions, operands before users."""
    return reachable(*functions_of(program).values())


def typed(program: Program) -> Program:
    """The program on nodes of its own, so that what is inferred for it is not written into another one's, with types.

    Parameters and functions that are not used are kept.
    """
    module = cast(IRModule, program.module)
    names: dict[Any, Expr] = {var: GlobalVar(var.name) for var in module.functions}
    fresh: dict[Any, Any] = {}
    for var, function in module.functions.items():
        fresh[names[var]] = copied(function, names) if isinstance(function, Function) else function
    made = IRModule(fresh, module.type_definitions, module.attrs, module.global_infos, module.params, module.release)
    return dataclasses.replace(program, module=infer_types(made))


def with_functions(program: Program, functions: Mapping[GlobalVar, Function], args: Iterable[Value]) -> Program:
    """The program with these Relay functions in the place of its own."""
    module = program.module.copy()
    for var in list(module.functions):
        if isinstance(module.functions[var], Function):
            del module.functions[var]
    for var, function in functions.items():
        module.functions[var] = function
    return dataclasses.replace(program, module=module, args=tuple(args))


def with_main(program: Program, params: Sequence[Var], body: Expr, args: Iterable[Value]) -> Program:
    """The program with another ``main``, whose result type is to be inferred."""
    main = main_of(program)
    made = main.replace(params=tuple(params), body=body, ret_type=None)
    functions = {var: made if var.name == MAIN else function for var, function in functions_of(program).items()}
    return with_functions(program, functions, args)


_UNCOUNTED = (Op, GlobalVar, Var, Constructor, Pattern, Clause)


def counted(program: Program) -> int:
    """The nodes that a reader counts: all that is evaluated, but not variables, names and the functions themselves."""
    tops = set(functions_of(program).values())
    return sum(not isinstance(node, _UNCOUNTED) and node not in tops for node in nodes_of(program))


def size(program: Program) -> tuple[float, ...]:
    """Smaller comes first: nodes and what holds them, parameters, constants, elements, attributes, element types,
    values.
    """
    nodes = nodes_of(program)
    functions = functions_of(program)
    clauses = sum(len(node.clauses) for node in nodes if isinstance(node, Match))
    inner = sum(len(node.params) for node in nodes if isinstance(node, Function))
    constants = [node.data for node in nodes if isinstance(node, Constant)]
    held = len(functions) - 1 + len(program.module.type_definitions)
    return (
        counted(program) + clauses + held,
        inner,
        len(constants),
        sum(_elements(node) for node in nodes),
        sum(_attributes(node) for node in nodes),
        sum(_odd_types(node) for node in nodes),
        complexity([*constants, *program.args]),
    )


def _elements(node: Node) -> int:
    if not isinstance(node, RelayExpr) or node.checked is None or isinstance(node, (Function, If, Let)):
        return 0
    tensors = (leaf for leaf in leaves(node.checked) if isinstance(leaf, TensorType))
    return sum(10 + int(cast(int, shapes.product(t.shape))) if shapes.is_static(t.shape) else 10**6 for t in tensors)


def _odd_types(node: Node) -> int:
    """How far the element types are from float32, over int32 to the rest."""
    if not isinstance(node, RelayExpr) or node.checked is None or isinstance(node, Function):
        return 0
    tensors = (leaf for leaf in leaves(node.checked) if isinstance(leaf, TensorType))
    return sum({"float32": 0, "int32": 1, "bool": 1}.get(tensor.dtype, 2) for tensor in tensors)


def _attributes(node: Node) -> float:
    if isinstance(node, Call) and isinstance(node.attrs, Attrs):
        struct = struct_named(node.attrs.type_key)
        defaults = {} if struct is None else struct.defaults
        return sum(_distance(value, defaults.get(name, _NONE)) for name, value in node.attrs.items())
    return float(len(node.attrs)) if isinstance(node, Function) else 0.0


_NONE = object()


def _distance(value: Any, default: Any) -> float:
    """How far an attribute is from its default; without a default, how large it is."""
    if value is default or (type(value) is type(default) and value == default):
        return 0.0
    items = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)
    numbers = (abs(float(item)) if isinstance(item, (int, float)) else 1.0 for item in items)
    return 1.0 + sum(min(number, 1e6) for number in numbers) / 1e3


def digest(program: Program) -> object:
    """Equal for programs that are the same up to names."""
    return structural_hash(program.module), fingerprint(program.args)


def with_definitions(program: Program, definitions: Mapping[Any, TypeData]) -> Program:
    """The program with these data types only."""
    module = program.module.copy()
    module.type_definitions = dict(definitions)
    return dataclasses.replace(program, module=module)
