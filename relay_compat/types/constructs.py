"""Typing of leaves, functions, bindings, choices, tuples and references, one expression at a time."""

from __future__ import annotations

from typing import cast

from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import (
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    Var,
)
from relay_compat.ir.types import FuncType, RefType, TensorType, TupleType, Type, TypeCall
from relay_compat.ir.types import TypeVar as RelayTypeVar
from relay_compat.types import errors
from relay_compat.types.context import Context, Pending, annotated_type
from relay_compat.types.patterns import bind_pattern, check_complete
from relay_compat.types.solve import Mismatch
from relay_compat.types.substitute import fresh_copy
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.types import tensor_type_of

_BOOL = TensorType((), "bool")


class Constructs:
    """One method per kind of expression: it returns what must be typed first, or types the expression."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._bound: set[Expr] = set()

    def var(self, node: Var) -> Pending:
        """The type of a variable that nothing binds is what it declares; R2R0103 in a closed program."""
        if self.context.closed:
            raise fail(codes.UNDEFINED_NAME, f"%{node.name} is used where it is not defined", node.span)
        self.context.types[node] = self.context.declared(node.type_annotation)

    def constant(self, node: Constant) -> Pending:
        """Element type and shape of its array."""
        self.context.types[node] = self.context.declared(tensor_type_of(node.data))

    def global_(self, node: GlobalVar) -> Pending:
        """A global's type is what its function declares or was found to have. R2R0103 where the module lacks it."""
        type_ = self.context.annotated.get(node) or cast("Type | None", node.checked)
        if type_ is None:
            raise fail(codes.UNDEFINED_NAME, f"the module has no function @{node.name}", node.span)
        self.context.types[node] = self.context.declared(type_)

    def constructor(self, node: Constructor) -> Pending:
        """The type of a constructor as a function. R2R0103 where the module does not define its type."""
        module = self.context.module
        definition = None if module is None else module.type_definitions.get(node.belong_to)
        if definition is None:
            raise fail(codes.UNDEFINED_NAME, f"the module does not define the type {node.belong_to} of {node.name}")
        parameters: tuple[RelayTypeVar, ...] = definition.type_vars
        self.context.types[node] = self.context.declared(
            FuncType(node.inputs, TypeCall(node.belong_to, parameters), parameters)
        )

    def op(self, node: Op) -> Pending:
        """R2R0205: an operator can only be called."""
        raise fail(
            codes.ILL_FORMED, f"the operator {node.name} is used as a value", hint="operators can only be called"
        )

    def function(self, node: Function) -> Pending:
        """Parameters have the types that they declare, or fresh ones; the body must have the declared result type."""
        types = self.context.types
        for param in node.params:
            if param not in types:
                types[param] = self.context.declared(param.type_annotation)
        if node.body not in types:
            return (node.body,)
        result = self.context.solver.find(types[node.body])
        if isinstance(result, FuncType) and result.type_params:
            # What is returned need not be as general as the function that returns it.
            result = self.context.instantiated(result)
        if node.ret_type is None:
            self.context.incomplete_source = True
        else:
            declared = self.context.ret_types[node] = self.context.declared(node.ret_type)
            result = self.context.unify(
                "the body does not have the return type", declared, node, result, node.body, node
            )
        types[node] = FuncType(tuple([types[param] for param in node.params]), result, node.type_params)
        return None

    def let(self, node: Let) -> Pending:
        """The variable has its value's type, the whole that of the body."""
        types, var, value = self.context.types, node.var, node.value
        if value not in types:
            # Only a function literal may refer to its own variable.
            if isinstance(value, Function) and var not in types:
                types[var] = self._recursive_type(var, value)
            return (value,)
        if node not in self._bound:
            self._bound.add(node)
            if var not in types and var.type_annotation is None:
                self.context.incomplete_source = True
                types[var] = types[value]
            else:
                declared = types.get(var) or self.context.declared(var.type_annotation)
                what = f"the value does not have the type of %{var.name}"
                types[var] = self.context.unify(what, declared, var, types[value], value, node)
        if node.body not in types:
            return (node.body,)
        types[node] = types[node.body]
        return None

    def _recursive_type(self, var: Var, value: Function) -> Type:
        if var.type_annotation is not None:
            return self.context.declared(var.type_annotation)
        self.context.incomplete_source = True
        annotated = value.ret_type is not None and all(param.type_annotation is not None for param in value.params)
        return annotated_type(value) if annotated and not self.context.solver.tracked else self.context.solver.fresh()

    def if_(self, node: If) -> Pending:
        """The condition is a scalar of bool; both branches have one type, which is that of the whole."""
        pending = self.context.missing((node.cond, node.true_branch, node.false_branch))
        if pending:
            return pending
        types = self.context.types
        condition = types[node.cond]
        try:
            self.context.solver.unify(condition, fresh_copy(_BOOL))
        except Mismatch:
            found = self.context.solver.resolve(condition)
            raise errors.wrong(f"the condition has type {found}, expected a rank-0 bool", node.cond) from None
        what = "the branches have different types"
        true, false = node.true_branch, node.false_branch
        types[node] = self.context.unify(what, types[true], true, types[false], false, node)
        return None

    def match_(self, node: Match) -> Pending:
        """Patterns fit the value, and all arms have one type, which is that of the whole."""
        types = self.context.types
        if node.data not in types:
            return (node.data,)
        if node not in self._bound:
            self._bound.add(node)
            for clause in node.clauses:
                bind_pattern(clause.lhs, types[node.data], self.context)
        pending = self.context.missing([clause.rhs for clause in node.clauses])
        if pending:
            return pending
        result: Type = self.context.solver.fresh() if not node.clauses else types[node.clauses[0].rhs]
        for clause in node.clauses[1:]:
            what, first = "the arms have different types", node.clauses[0].rhs
            result = self.context.unify(what, result, first, types[clause.rhs], clause.rhs, node)
        if node.complete and self.context.module is not None:
            check_complete(node, self.context.module)
        types[node] = result
        return None

    def tuple(self, node: Tuple) -> Pending:
        """The tuple of its fields' types."""
        pending = self.context.missing(node.fields)
        if pending:
            return pending
        types = self.context.types
        result = TupleType(tuple([types[item] for item in node.fields]))
        types[node] = result if self.context.solver.tracked else self.context.interned(result)
        return None

    def ref_create(self, node: RefCreate) -> Pending:
        """A reference to the value's type."""
        if node.value not in self.context.types:
            return (node.value,)
        self.context.types[node] = RefType(self.context.types[node.value])
        return None

    def ref_read(self, node: RefRead) -> Pending:
        """What the reference refers to."""
        if node.ref not in self.context.types:
            return (node.ref,)
        source = self.context.solver.find(self.context.types[node.ref])
        if not isinstance(source, RefType):
            value = self.context.solver.fresh()
            source = self.context.unify("only references can be read", source, node.ref, RefType(value), node, node)
            source = RefType(value)
        self.context.types[node] = source.value
        return None

    def ref_write(self, node: RefWrite) -> Pending:
        """The empty tuple; the value must be of the type that the reference refers to."""
        pending = self.context.missing((node.ref, node.value))
        if pending:
            return pending
        ref, value = self.context.types[node.ref], RefType(self.context.types[node.value])
        self.context.unify("the value does not fit the reference", ref, node.ref, value, node.value, node)
        self.context.types[node] = TupleType(())
        return None
