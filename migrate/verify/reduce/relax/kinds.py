"""What can be changed in a Relax program."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from migrate.execution import interpret
from migrate.values import Array, Value, is_array, is_tuple, leaves
from migrate.verify.generate.program import Program
from migrate.verify.reduce.arrays import map_value
from migrate.verify.reduce.elements import Part, cut_to, parts_above, plainer
from migrate.verify.reduce.kind import Kind
from migrate.verify.reduce.relax.program import (
    MAIN,
    Anew,
    bindings_of,
    body_of,
    functions_of,
    main_of,
    nodes_of,
    with_result,
)
from relax_core.ir.expr import (
    Binding,
    Call,
    Constant,
    DataflowVar,
    Function,
    GlobalVar,
    If,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType
from relax_core.types.leaves import type_of
from relax_core.types.relations import is_base_of
from relax_core.visit import variables
from relay_compat.visit import reachable
from tensor_core import shapes
from tensor_core.types import leaves as type_leaves


def _made(program: Program, anew: Anew, args: Sequence[Value] | None = None, **options: Any) -> Program:
    values = program.args if args is None else tuple(args)
    return dataclasses.replace(program, module=anew.module(**options), args=values)


# ------------------------------------------------------------ results


def _ends(program: Program) -> list[Binding]:
    return [item for item in bindings_of(program) if item.var is not body_of(program).body]


def _ended(program: Program, edits: Sequence[Binding]) -> Program:
    """A variable is the result; what comes after it, and what it does not need, goes."""
    (end,) = edits
    bindings = bindings_of(program)
    needed: set[Any] = {end.var}
    dropped: set[Binding] = set(bindings[bindings.index(end) + 1 :])
    for binding in reversed(bindings[: bindings.index(end) + 1]):
        if binding.var in needed:
            needed.update(node for node in reachable(binding.value) if isinstance(node, Var))
        else:
            dropped.add(binding)
    plain = frozenset({end.var}) if isinstance(end.var, DataflowVar) else frozenset[Var]()
    return _made(program, Anew(program, with_result(program, end.var), dropped, plain))


def _fields(program: Program) -> list[int]:
    return list(range(len(fields))) if len(fields := _result(program)) > 1 else []


def _result(program: Program) -> tuple[Any, ...]:
    """The fields of the result, which may be bound just before."""
    result: Any = body_of(program).body
    for binding in reversed(bindings_of(program)):
        if binding.var is result:
            result = binding.value
            break
    return result.fields if isinstance(result, Tuple) else ()


def _without_fields(program: Program, edits: Sequence[int]) -> Program | None:
    kept = [field for number, field in enumerate(_result(program)) if number not in edits]
    if not kept:
        return None
    result = kept[0] if len(kept) == 1 else Tuple(tuple(kept))
    plain = {node for node in reachable(*kept) if isinstance(node, DataflowVar)}
    return _made(program, Anew(program, with_result(program, result), plain=plain))


# ------------------------------------------------------------ bindings


def _cuts(program: Program) -> list[tuple[Binding, Value]]:
    """Bindings of main with the values they had."""
    seen: dict[Any, Value] = {}
    # What a program shows that cannot run to its end is as good.
    with contextlib.suppress(Exception):
        interpret(program.module, program.args, observe=lambda binding, value: seen.setdefault(binding.var.name, value))
    return [(item, seen[item.var.name]) for item in bindings_of(program) if item.var.name in seen and item.var.ty]


def _cut(program: Program, edits: Sequence[tuple[Binding, Value]]) -> Program:
    """Bindings become parameters that have their values."""
    gone = {binding for binding, _ in edits}
    kept = [binding for binding in bindings_of(program) if binding not in gone]
    used = set(reachable(*(binding.value for binding in kept), body_of(program).body))
    new = {
        binding.var: (Var(binding.var.name, binding.var.ty), value) for binding, value in edits if binding.var in used
    }
    main = main_of(program)
    params = (*main.params, *(var for var, _ in new.values()))
    known: dict[Any, Any] = {old: var for old, (var, _) in new.items()}
    known[main] = main.replace(params=params, ret_ty=None)
    # New parameters are variables of their own, which are not replaced in turn.
    known.update({var: var for var, _ in new.values()})
    args = (*program.args, *(value for _, value in new.values()))
    return _made(program, Anew(program, known, gone), args)


def _unused(program: Program) -> list[Binding]:
    used = {node for item in _all_bindings(program) for node in variables(item.value)}
    used |= {node for item in nodes_of(program) if isinstance(item, SeqExpr) for node in variables(item.body)}
    return [item for item in _all_bindings(program) if item.var not in used]


def _all_bindings(program: Program) -> list[Binding]:
    return [node for node in nodes_of(program) if isinstance(node, Binding)]


def _dropped(program: Program, edits: Sequence[Binding]) -> Program:
    return _made(program, Anew(program, dropped=set(edits)))


class Alias(NamedTuple):
    """The variable of a binding is another leaf."""

    binding: Binding
    leaf: Any


def _aliases(program: Program) -> list[Alias]:
    """Bindings whose variable may be one of the leaves it is made of, or a parameter."""
    params = main_of(program).params
    own = set(bindings_of(program))
    found: list[Alias] = []
    for binding in reversed(_all_bindings(program)):
        type_ = binding.var.ty
        below = [node for node in reachable(binding.value) if isinstance(node, (Var, Constant))]
        for leaf in dict.fromkeys([*below, *(params[:4] if binding in own else ())]):
            other = type_of(leaf)
            if type_ is not None and other is not None and leaf is not binding.var and is_base_of(type_, other):
                found.append(Alias(binding, leaf))
    return found


def _aliased(program: Program, edits: Sequence[Alias]) -> Program:
    known: dict[Any, Any] = {}
    gone: set[Binding] = set()
    for binding, leaf in edits:
        if binding not in gone:
            gone.add(binding)
            known[binding.var] = leaf
    return _made(program, Anew(program, known, gone))


def _branches(program: Program) -> list[tuple[VarBinding, int]]:
    found = [item for item in _all_bindings(program) if isinstance(item, VarBinding) and isinstance(item.value, If)]
    return [(binding, arm) for binding in found for arm in (0, 1)]


def _one_arm(program: Program, edits: Sequence[tuple[VarBinding, int]]) -> Program:
    known: dict[Any, Any] = {}
    for binding, arm in edits:
        assert isinstance(binding.value, If)
        known.setdefault(binding.value, (binding.value.true_branch, binding.value.false_branch)[arm])
    return _made(program, Anew(program, known))


def _fields_of_arms(program: Program) -> list[tuple[VarBinding, int]]:
    """Branches that give tuples, of which one field is enough."""
    found = [item for item in _all_bindings(program) if isinstance(item, VarBinding) and isinstance(item.value, If)]
    return [(item, field) for item in found for field in range(len(_tuple_of_arm(item.value, True)))]


def _tuple_of_arm(branch: Any, arm: bool) -> tuple[Any, ...]:
    """The fields of the tuple that an arm gives; none where it is not made there."""
    body: SeqExpr = branch.true_branch if arm else branch.false_branch
    result: Any = body.body
    made = {item.var: item.value for block in body.blocks for item in block.bindings}
    while isinstance(result, Var) and result in made:
        result = made[result]
    return result.fields if isinstance(result, Tuple) else ()


def _one_field(program: Program, edits: Sequence[tuple[VarBinding, int]]) -> Program | None:
    ((binding, field),) = edits
    known: dict[Any, Any] = {}
    plain: set[Var] = set()
    for arm in (True, False):
        fields = _tuple_of_arm(binding.value, arm)
        if field >= len(fields):
            return None
        assert isinstance(binding.value, If)
        body = binding.value.true_branch if arm else binding.value.false_branch
        known[body] = body.replace(body=fields[field])
        plain.update(node for node in reachable(fields[field]) if isinstance(node, DataflowVar))
    for node in nodes_of(program):
        if isinstance(node, TupleGetItem) and node.tuple_value is binding.var and node.index == field:
            known[node] = binding.var
    return _made(program, Anew(program, known, plain=plain))


def _projections(program: Program) -> list[Alias]:
    """Fields of tuples that are made here."""
    tuples = {item.var: item.value for item in _all_bindings(program) if isinstance(item.value, Tuple)}
    found: list[Alias] = []
    for item in _all_bindings(program):
        value = item.value
        if isinstance(value, TupleGetItem):
            source = value.tuple_value if isinstance(value.tuple_value, Tuple) else tuples.get(value.tuple_value)  # pyright: ignore[reportArgumentType]
            if source is not None:
                found.append(Alias(item, source.fields[value.index]))
    return found


# ------------------------------------------------------------ functions and parameters


def _calls(program: Program) -> list[tuple[VarBinding, Function]]:
    """Calls of functions that do not call themselves."""
    functions: dict[Any, Function] = dict(functions_of(program).items())
    for item in _all_bindings(program):
        if isinstance(item.value, Function):
            functions[item.var] = item.value
    endless = {var for var, function in functions.items() if var in reachable(function)}
    return [
        (item, functions[item.value.op])
        for item in _all_bindings(program)
        if isinstance(item, VarBinding)
        and isinstance(item.value, Call)
        and item.value.op in functions
        and item.value.op not in endless
    ]


def _opened(program: Program, edits: Sequence[tuple[VarBinding, Function]]) -> Program | None:
    """One call becomes the body of its function; the function goes, so its body is there once."""
    if len(edits) != 1:
        return None
    ((binding, function),) = edits
    call = binding.value
    assert isinstance(call, Call)
    uses = [item for item in nodes_of(program) if isinstance(item, Call) and item.op is call.op]
    if len(uses) != 1 or len(function.params) != len(call.args):
        return None
    known: dict[Any, Any] = {call: function.body, **dict(zip(function.params, call.args, strict=True))}
    if isinstance(call.op, GlobalVar):
        return _made(program, Anew(program, known), without={call.op})
    gone = {item for item in _all_bindings(program) if item.var is call.op}
    return _made(program, Anew(program, known, gone))


def _others(program: Program) -> list[Any]:
    return [var for var in program.module.functions if var.name != MAIN]


def _without_functions(program: Program, edits: Sequence[Any]) -> Program:
    return _made(program, Anew(program), without=frozenset(edits))


def _unused_params(program: Program) -> list[int]:
    used = set(reachable(body_of(program)))
    return [number for number, param in enumerate(main_of(program).params) if param not in used]


def _without_params(program: Program, edits: Sequence[int]) -> Program:
    main, gone = main_of(program), set(edits)
    params = tuple(param for number, param in enumerate(main.params) if number not in gone)
    attrs = {name: value for name, value in (main.attrs or {}).items() if name != "num_input"}
    known = {main: main.replace(params=params, attrs=attrs or None)}
    args = [arg for number, arg in enumerate(program.args) if number not in gone]
    return _made(program, Anew(program, known), args)


def _merged(program: Program) -> list[tuple[int, int]]:
    params = main_of(program).params
    return [(n, m) for n in range(len(params)) for m in range(n) if params[n].ty == params[m].ty]


def _with_merged(program: Program, edits: Sequence[tuple[int, int]]) -> Program:
    params, main = main_of(program).params, main_of(program)
    gone = dict(reversed(edits))
    known: dict[Any, Any] = {params[n]: params[m] for n, m in gone.items()}
    known[main] = main.replace(params=tuple(param for n, param in enumerate(params) if n not in gone))
    return _made(program, Anew(program, known), [arg for n, arg in enumerate(program.args) if n not in gone])


# ------------------------------------------------------------ numbers


def _constants(program: Program) -> list[Constant]:
    return [node for node in reachable(body_of(program)) if isinstance(node, Constant)]


def _to_params(program: Program, edits: Sequence[Constant]) -> Program:
    main = main_of(program)
    new = {node: Var(f"p{len(main.params) + n}", type_of(node)) for n, node in enumerate(edits)}
    known: dict[Any, Any] = {**new, **{var: var for var in new.values()}}
    known[main] = main.replace(params=(*main.params, *new.values()), ret_ty=None)
    return _made(program, Anew(program, known), (*program.args, *(node.data for node in edits)))


class Sizes(NamedTuple):
    """Every dimension of size ``old`` becomes ``new``; ``last``: the last elements stay, not the first."""

    old: int
    new: int
    last: bool


def _sizes(program: Program) -> list[Sizes]:
    found: set[int] = set()
    for node in nodes_of(program):
        type_ = node.ty if isinstance(node, Var) else None
        for leaf in type_leaves(type_) if type_ is not None else ():
            if isinstance(leaf, TensorType) and leaf.dims is not None and shapes.is_static(leaf.dims):
                found.update(int(dim) for dim in shapes.static(leaf.dims))
    return [
        Sizes(old, new, last)
        for old in sorted(found, reverse=True)
        for new in (1, 2, 3, old // 2)
        if 0 < new < old
        for last in (False, True)
    ]


def _resized(program: Program, edits: Sequence[Sizes]) -> Program:
    (edit,) = edits

    def array(value: Array) -> Array:
        return cut_to(value, {edit.old: edit.new}, edit.last)

    anew = Anew(program, size=lambda dim: edit.new if dim == edit.old else dim, array=array)
    return _made(program, anew, [map_value(arg, array) for arg in program.args])


def _arrays(program: Program) -> tuple[list[Constant], list[Array]]:
    constants = [node for node in nodes_of(program) if isinstance(node, Constant)]
    given = [array for arg in program.args for array in leaves(arg)]
    return constants, [*(np.asarray(node.data) for node in constants), *given]


def _elements(rank: int, word: str) -> Kind:
    def find(program: Program) -> list[Part]:
        return parts_above(_arrays(program)[1], rank) if all(map(_is_data, program.args)) else []

    def apply(program: Program, edits: Sequence[Part]) -> Program:
        constants, arrays = _arrays(program)
        made = plainer(arrays, edits, rank)
        known = {node: Constant(new) for node, new in zip(constants, made, strict=False)}
        given = iter(made[len(constants) :])
        args = [map_value(arg, lambda _: next(given)) for arg in program.args]
        return _made(program, Anew(program, known), args)

    return Kind(f"elements to {word}", find, apply)


def _is_data(value: Value) -> bool:
    return all(map(_is_data, value)) if is_tuple(value) else is_array(value)


KINDS = (
    Kind("functions", _others, _without_functions),
    Kind("end", _ends, _ended, together=False, ordered=True),
    Kind("fields", _fields, _without_fields),
    Kind("unused bindings", _unused, _dropped),
    Kind("bindings to parameters", _cuts, _cut),
    Kind("calls", _calls, _opened, together=False),
    Kind("arms", _branches, _one_arm),
    Kind("fields of arms", _fields_of_arms, _one_field, together=False),
    Kind("fields of tuples", _projections, _aliased),
    Kind("bindings to what they are made of", _aliases, _aliased),
    Kind("constants to parameters", _constants, _to_params),
    Kind("unused parameters", _unused_params, _without_params),
    Kind("parameters merged", _merged, _with_merged),
    Kind("functions", _others, _without_functions),
    Kind("dimensions", _sizes, _resized, together=False),
    _elements(0, "zero"),
    _elements(1, "one"),
    _elements(2, "small integers"),
)
