"""Typing of calls and projections, at once where everything they need is known, later by the solver where not."""

from __future__ import annotations

from typing import cast

from relay_compat.ir.expr import Call, Expr, Op, TupleGetItem
from relay_compat.ir.types import FuncType, IncompleteType, TupleType, Type
from relay_compat.types import errors
from relay_compat.types.context import Context, Pending
from relay_compat.types.module_types import is_module_typed, module_type
from relay_compat.types.relations import check_arity, forced_types, result_type
from relay_compat.types.substitute import has_incomplete, substitute

_MARKS = frozenset({"device_copy", "on_device"})
"""Operators whose result has the type of their argument before that is known: it may be a function."""


class Calls:
    """The steps of Call and TupleGetItem, and the work-list of those that wait for a type."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._solved: set[Expr] = set()
        self._results: dict[tuple[int, ...], Type] = {}

    def call(self, node: Call) -> Pending:
        """The step of a call: what is to be typed first, or None once its type is known or waits for others."""
        types, op = self.context.types, node.op
        pending = [arg for arg in node.args if arg not in types]
        if not isinstance(op, Op) and op not in types:
            pending.append(op)
        if pending:
            pending.reverse()
            return pending
        if isinstance(op, Op):
            self._op_call(node, op)
        else:
            types[node] = self._general_call(node, tuple([types[arg] for arg in node.args]))
        return None

    def _op_call(self, node: Call, op: Op) -> None:
        types, solver = self.context.types, self.context.solver
        if op.card is None or is_module_typed(op):
            found = module_type(node, self.context.module) or node.checked
            if found is None:
                raise errors.unknown_op(node)
            types[node] = self.context.declared(found)
            return
        arg_types = tuple([types[arg] for arg in node.args])
        if solver.any_incomplete:
            arg_types = tuple([self.context.interned(solver.resolve(type_)) for type_ in arg_types])
            if solver.tracked or any(map(has_incomplete, arg_types)):
                check_arity(node, op.card)
                if op.name in _MARKS:
                    types[node] = arg_types[0]
                    return
                types[node] = solver.fresh()
                self._try_op_call(node)
                return
        # Many calls of a program are equal in all that their type depends on.
        key = (id(op), id(node.attrs), *map(id, arg_types))
        result = self._results.get(key)
        if result is None:
            check_arity(node, op.card)
            result = self._results[key] = self.context.interned(result_type(node, op.card, arg_types))
        types[node] = result

    def _try_op_call(self, node: Call) -> None:
        assert isinstance(node.op, Op)
        assert node.op.card is not None
        card, resolve = node.op.card, self.context.solver.resolve
        arg_types = tuple([resolve(self.context.types[arg]) for arg in node.args])
        known = tuple(None if has_incomplete(type_) else type_ for type_ in arg_types)
        if None in known:
            for place, forced in enumerate(forced_types(node, card, known)):
                if known[place] is None and forced is not None:
                    self.context.unify_argument(node, place, forced, arg_types[place])
            arg_types = tuple(map(resolve, arg_types))
        if any(map(has_incomplete, arg_types)):
            for type_ in arg_types:
                self.context.solver.wait(type_, node)
        else:
            self._solved.add(node)
            self._settle(node, result_type(node, card, arg_types))

    def _general_call(self, node: Call, arg_types: tuple[Type, ...]) -> Type:
        callee = self.context.solver.find(self.context.types[node.op])
        if isinstance(callee, IncompleteType):
            result = self.context.solver.fresh()
            needed = FuncType(arg_types, result)
            self.context.unify("the call does not fit the function", callee, node.op, needed, node, node)
            return result
        if not isinstance(callee, FuncType):
            raise errors.wrong(f"only functions can be called, and {errors.name_of(node.op)} is a {callee}", node)
        if callee.type_params:
            callee = self._instantiate(node, callee)
        if len(callee.arg_types) != len(arg_types):
            raise errors.arity(node, len(callee.arg_types), len(callee.arg_types))
        for place, (expected, found) in enumerate(zip(callee.arg_types, arg_types, strict=True)):
            self.context.unify_argument(node, place, expected, found)
        return callee.ret_type

    def _instantiate(self, node: Call, callee: FuncType) -> FuncType:
        given = node.type_args
        if len(given) > len(callee.type_params):
            raise errors.wrong(f"{errors.name_of(node.op)} takes {len(callee.type_params)} type arguments", node)
        if len(given) < len(callee.type_params):
            self.context.incomplete_source = True
            given = (*given, *(self.context.solver.fresh() for _ in callee.type_params[len(given) :]))
        if any(map(has_incomplete, given)):
            self.context.incomplete_source = self.context.solver.any_incomplete = True
        self.context.type_args[node] = given
        result = substitute(
            FuncType(callee.arg_types, callee.ret_type), dict(zip(callee.type_params, given, strict=True))
        )
        assert isinstance(result, FuncType)
        return result

    def _settle(self, node: Expr, found: Type) -> None:
        self.context.unify("the result is used as another type", self.context.types[node], node, found, node, node)

    def solve(self) -> None:
        """Type the calls that waited for a type that is known by now."""
        ready = self.context.solver.ready
        while ready:
            node = cast(Expr, ready.pop())
            if node in self._solved:
                continue
            if isinstance(node, Call):
                self._try_op_call(node)
            else:
                assert isinstance(node, TupleGetItem)
                self._try_item(node)

    def item(self, node: TupleGetItem) -> Pending:
        """The step of a projection: the field's type, or a fresh one where the tuple's is not known yet."""
        if node.tuple_value not in self.context.types:
            return (node.tuple_value,)
        source = self.context.solver.find(self.context.types[node.tuple_value])
        if isinstance(source, IncompleteType):
            self.context.types[node] = self.context.solver.fresh()
            self.context.solver.wait(source, node)
        else:
            self.context.types[node] = self._field(node, source)
        return None

    def _try_item(self, node: TupleGetItem) -> None:
        source = self.context.solver.find(self.context.types[node.tuple_value])
        if isinstance(source, IncompleteType):
            self.context.solver.wait(source, node)
        else:
            self._solved.add(node)
            self._settle(node, self._field(node, source))

    def _field(self, node: TupleGetItem, source: Type) -> Type:
        if not isinstance(source, TupleType):
            raise errors.wrong(f"only tuples have fields, and this is a {self.context.solver.resolve(source)}", node)
        if not 0 <= node.index < len(source.fields):
            raise errors.wrong(f"a tuple of {len(source.fields)} fields has no field {node.index}", node)
        return source.fields[node.index]
