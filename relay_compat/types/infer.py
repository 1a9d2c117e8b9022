"""Relay's type inference (tvm::relay::InferType in TVM 0.19): what every expression of a program computes.

One post-order walk with an explicit stack. An op call whose argument types are known is typed at once; the others wait
in the solver until what they need becomes known. Types of global functions are taken from their annotations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from relay_compat.ir.adt import Constructor, Match
from relay_compat.ir.expr import (
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    If,
    IRModule,
    Let,
    Op,
    RefCreate,
    RefRead,
    RefWrite,
    Tuple,
    TupleGetItem,
    Var,
)  # fmt: skip
from relay_compat.ir.types import FuncType, IncompleteType, RefType, TensorType, TupleType, Type, TypeCall
from relay_compat.ir.types import TypeVar as RelayTypeVar
from relay_compat.types import errors
from relay_compat.types.annotate import annotate
from relay_compat.types.patterns import bind_pattern, check_complete
from relay_compat.types.relations import check_arity, forced_types, result_type
from relay_compat.types.solve import Mismatch, NeedsTracking, Solver
from relay_compat.types.substitute import fresh_copy, has_incomplete, substitute
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.types import tensor_type_of

E = TypeVar("E", bound=Expr)
Pending = Sequence[Expr] | None
"""What must be typed before an expression; None when it is done."""

_BOOL = TensorType((), "bool")


def infer_types(module: IRModule) -> IRModule:
    """Infer the type of every expression of every Relay function and record it in the nodes.

    Returns the module itself, or, where annotations, return types or type arguments were missing, a module with
    those functions rewritten. Raises DiagnosticError (R2R0103, R2R0104, R2R0201 to R2R0205) for an ill-typed program.
    """
    functions = {name: func for name, func in module.functions.items() if isinstance(func, Function)}
    annotated = {name: _annotated_type(func) for name, func in functions.items()}
    changed: dict[GlobalVar, Function] = {}
    for name, func in functions.items():
        new = _infer(func, module, annotated, closed=True)
        name.memo("checked", new.checked)
        if new is not func:
            changed[name] = new
    if changed:
        module = module.copy()
        module.functions.update(changed)
    return module


def infer_expr(expr: E, module: IRModule | None = None) -> E:
    """Infer the types of a lone expression, whose free variables need annotations; global names belong to ``module``."""
    found = module.functions.items() if module else ()
    annotated = {name: _annotated_type(func) for name, func in found if isinstance(func, Function)}
    return _infer(expr, module, annotated, closed=False)


def _infer(root: E, module: IRModule | None, annotated: Mapping[GlobalVar, Type], closed: bool) -> E:
    try:
        return _Inference(module, annotated, closed, tracked=False).run(root)
    except NeedsTracking:
        return _Inference(module, annotated, closed, tracked=True).run(root)


def _annotated_type(func: Function) -> FuncType:
    params = tuple(param.type_annotation or IncompleteType() for param in func.params)
    return FuncType(params, func.ret_type or IncompleteType(), func.type_params)


class _Inference:
    def __init__(
        self, module: IRModule | None, annotated: Mapping[GlobalVar, Type], closed: bool, tracked: bool
    ) -> None:
        self.module = module
        self.annotated = annotated
        self.closed = closed
        self.solver = Solver(tracked)
        self.types: dict[Expr, Type] = {}
        self.type_args: dict[Call, tuple[Type, ...]] = {}
        self.ret_types: dict[Function, Type] = {}
        self.incomplete_source = False
        self._bound: set[Expr] = set()
        self._solved: set[Expr] = set()
        self._shared: dict[Type, Type] = {}
        self._results: dict[tuple[int, ...], Type] = {}
        self._steps: dict[type, Callable[[Any], Pending]] = {
            Call: self._call, Constant: self._constant, Constructor: self._constructor, Function: self._function,
            GlobalVar: self._global, If: self._if, Let: self._let, Match: self._match, Op: self._op,
            RefCreate: self._ref_create, RefRead: self._ref_read, RefWrite: self._ref_write,
            Tuple: self._tuple, TupleGetItem: self._item, Var: self._var,
        }  # fmt: skip

    def run(self, root: E) -> E:
        self._walk(root)
        self._solve()
        resolve = self.solver.resolve
        if self.solver.any_incomplete:
            types = {node: resolve(type_) for node, type_ in self.types.items()}
            unknown = [node for node, type_ in types.items() if has_incomplete(type_)]
            if unknown:
                raise errors.undetermined(unknown)
        else:
            types = self.types
        if self.incomplete_source or self.solver.tracked:
            type_args = {call: tuple(map(resolve, args)) for call, args in self.type_args.items()}
            ret_types = {func: resolve(type_) for func, type_ in self.ret_types.items()}
            return annotate(root, types, type_args, ret_types)
        for node, type_ in types.items():
            node.memo("checked", type_)
        return root

    def _walk(self, root: Expr) -> None:
        types, steps, stack = self.types, self._steps, [root]
        while stack:
            node = stack[-1]
            if node in types:
                stack.pop()
                continue
            step = steps.get(type(node))
            if step is None:
                raise fail(
                    codes.ILL_FORMED, f"{type(node).__name__} is not an expression of Relay", errors.span_of(node)
                )
            pending = step(node)
            if pending:
                stack.extend(pending)
            else:
                stack.pop()
                if self.solver.ready:
                    self._solve()

    def _missing(self, nodes: Sequence[Expr]) -> list[Expr]:
        types = self.types
        return [node for node in reversed(nodes) if node not in types]

    # Leaves

    def _declared(self, annotation: Type | None) -> Type:
        if annotation is None:
            self.incomplete_source = True
            return self.solver.fresh()
        if self.solver.tracked:
            return fresh_copy(annotation)
        if type(annotation) is not TensorType and has_incomplete(annotation):
            self.solver.any_incomplete = True
        return self._interned(annotation)

    def _interned(self, type_: Type) -> Type:
        return self._shared.setdefault(type_, type_)

    def _var(self, node: Var) -> Pending:
        if self.closed:
            raise fail(codes.UNDEFINED_NAME, f"%{node.name} is used where it is not defined", node.span)
        self.types[node] = self._declared(node.type_annotation)

    def _constant(self, node: Constant) -> Pending:
        self.types[node] = self._declared(tensor_type_of(node.data))

    def _global(self, node: GlobalVar) -> Pending:
        type_ = self.annotated.get(node) or cast("Type | None", node.checked)
        if type_ is None:
            raise fail(codes.UNDEFINED_NAME, f"the module has no function @{node.name}", node.span)
        self.types[node] = self._declared(type_)

    def _constructor(self, node: Constructor) -> Pending:
        definition = self.module.type_definitions.get(node.belong_to) if self.module else None
        if definition is None:
            raise fail(codes.UNDEFINED_NAME, f"the module does not define the type {node.belong_to} of {node.name}")
        parameters: tuple[RelayTypeVar, ...] = definition.type_vars
        self.types[node] = self._declared(FuncType(node.inputs, TypeCall(node.belong_to, parameters), parameters))

    def _op(self, node: Op) -> Pending:
        raise fail(
            codes.ILL_FORMED, f"the operator {node.name} is used as a value", hint="operators can only be called"
        )

    # Calls

    def _call(self, node: Call) -> Pending:
        types, op = self.types, node.op
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
        types, solver = self.types, self.solver
        if op.card is None:
            if node.checked is None:
                raise errors.unknown_op(node)
            types[node] = self._declared(node.checked)
            return
        arg_types = tuple([types[arg] for arg in node.args])
        if solver.any_incomplete:
            arg_types = tuple([self._interned(solver.resolve(type_)) for type_ in arg_types])
            if solver.tracked or any(map(has_incomplete, arg_types)):
                check_arity(node, op.card)
                types[node] = solver.fresh()
                self._try_op_call(node)
                return
        # Many calls of a program are equal in all that their type depends on.
        key = (id(op), id(node.attrs), *map(id, arg_types))
        result = self._results.get(key)
        if result is None:
            check_arity(node, op.card)
            result = self._results[key] = self._interned(result_type(node, op.card, arg_types))
        types[node] = result

    def _try_op_call(self, node: Call) -> None:
        assert isinstance(node.op, Op)
        assert node.op.card is not None
        card, resolve = node.op.card, self.solver.resolve
        arg_types = tuple([resolve(self.types[arg]) for arg in node.args])
        known = tuple(None if has_incomplete(type_) else type_ for type_ in arg_types)
        if None in known:
            for place, forced in enumerate(forced_types(node, card, known)):
                if known[place] is None and forced is not None:
                    self._unify_argument(node, place, forced, arg_types[place])
            arg_types = tuple(map(resolve, arg_types))
        if any(map(has_incomplete, arg_types)):
            for type_ in arg_types:
                self.solver.wait(type_, node)
        else:
            self._solved.add(node)
            self.solver.unify(self.types[node], result_type(node, card, arg_types))

    def _general_call(self, node: Call, arg_types: tuple[Type, ...]) -> Type:
        callee = self.solver.find(self.types[node.op])
        if isinstance(callee, IncompleteType):
            result = self.solver.fresh()
            self.solver.unify(callee, FuncType(arg_types, result))
            return result
        if not isinstance(callee, FuncType):
            raise errors.wrong(f"only functions can be called, and {errors.name_of(node.op)} is a {callee}", node)
        if callee.type_params:
            callee = self._instantiate(node, callee)
        if len(callee.arg_types) != len(arg_types):
            raise errors.arity(node, len(callee.arg_types), len(callee.arg_types))
        for place, (expected, found) in enumerate(zip(callee.arg_types, arg_types, strict=True)):
            self._unify_argument(node, place, expected, found)
        return callee.ret_type

    def _instantiate(self, node: Call, callee: FuncType) -> FuncType:
        given = node.type_args
        if len(given) > len(callee.type_params):
            raise errors.wrong(f"{errors.name_of(node.op)} takes {len(callee.type_params)} type arguments", node)
        if len(given) < len(callee.type_params):
            self.incomplete_source = True
            given = (*given, *(self.solver.fresh() for _ in callee.type_params[len(given) :]))
        self.type_args[node] = given
        result = substitute(
            FuncType(callee.arg_types, callee.ret_type), dict(zip(callee.type_params, given, strict=True))
        )
        assert isinstance(result, FuncType)
        return result

    def _unify_argument(self, node: Call, place: int, expected: Type, found: Type) -> None:
        try:
            self.solver.unify(expected, found, assign_right=False)
        except Mismatch as why:
            resolve = self.solver.resolve
            raise errors.bad_argument(node, place, resolve(expected), resolve(found), why) from None

    def _solve(self) -> None:
        ready = self.solver.ready
        while ready:
            node = cast(Expr, ready.pop())
            if node in self._solved:
                continue
            if isinstance(node, Call):
                self._try_op_call(node)
            else:
                assert isinstance(node, TupleGetItem)
                self._try_item(node)

    # Functions and bindings

    def _function(self, node: Function) -> Pending:
        types = self.types
        for param in node.params:
            if param not in types:
                types[param] = self._declared(param.type_annotation)
        if node.body not in types:
            return (node.body,)
        result = self.solver.find(types[node.body])
        if node.ret_type is None:
            self.incomplete_source = True
        else:
            declared = self.ret_types[node] = self._declared(node.ret_type)
            result = self._unify("the body does not have the return type", declared, node, result, node.body, node)
        types[node] = FuncType(tuple([types[param] for param in node.params]), result, node.type_params)
        return None

    def _let(self, node: Let) -> Pending:
        types, var, value = self.types, node.var, node.value
        if value not in types:
            # Only a function literal may refer to its own variable.
            if isinstance(value, Function) and var not in types:
                types[var] = self._recursive_type(var, value)
            return (value,)
        if node not in self._bound:
            self._bound.add(node)
            if var not in types and var.type_annotation is None:
                self.incomplete_source = True
                types[var] = types[value]
            else:
                declared = types.get(var) or self._declared(var.type_annotation)
                what = f"the value does not have the type of %{var.name}"
                types[var] = self._unify(what, declared, var, types[value], value, node)
        if node.body not in types:
            return (node.body,)
        types[node] = types[node.body]
        return None

    def _recursive_type(self, var: Var, value: Function) -> Type:
        if var.type_annotation is not None:
            return self._declared(var.type_annotation)
        self.incomplete_source = True
        annotated = value.ret_type is not None and all(param.type_annotation is not None for param in value.params)
        return _annotated_type(value) if annotated and not self.solver.tracked else self.solver.fresh()

    def _unify(self, what: str, left: Type, left_at: Expr, right: Type, right_at: Expr, at: Expr) -> Type:
        try:
            return self.solver.unify(left, right)
        except Mismatch as why:
            resolve = self.solver.resolve
            raise errors.mismatch(what, (resolve(left), left_at), (resolve(right), right_at), why, at) from None

    # Choices

    def _if(self, node: If) -> Pending:
        pending = self._missing((node.cond, node.true_branch, node.false_branch))
        if pending:
            return pending
        types = self.types
        condition = types[node.cond]
        try:
            self.solver.unify(condition, fresh_copy(_BOOL))
        except Mismatch:
            found = self.solver.resolve(condition)
            raise errors.wrong(f"the condition has type {found}, expected a rank-0 bool", node.cond) from None
        what = "the branches have different types"
        true, false = node.true_branch, node.false_branch
        types[node] = self._unify(what, types[true], true, types[false], false, node)
        return None

    def _match(self, node: Match) -> Pending:
        types = self.types
        if node.data not in types:
            return (node.data,)
        if node not in self._bound:
            self._bound.add(node)
            for clause in node.clauses:
                bind_pattern(clause.lhs, types[node.data], self)
        pending = self._missing([clause.rhs for clause in node.clauses])
        if pending:
            return pending
        result: Type = self.solver.fresh() if not node.clauses else types[node.clauses[0].rhs]
        for clause in node.clauses[1:]:
            what, first = "the arms have different types", node.clauses[0].rhs
            result = self._unify(what, result, first, types[clause.rhs], clause.rhs, node)
        if node.complete and self.module:
            check_complete(node, self.module)
        types[node] = result
        return None

    # Tuples and references

    def _tuple(self, node: Tuple) -> Pending:
        pending = self._missing(node.fields)
        if pending:
            return pending
        types = self.types
        result = TupleType(tuple([types[item] for item in node.fields]))
        types[node] = result if self.solver.tracked else self._interned(result)
        return None

    def _item(self, node: TupleGetItem) -> Pending:
        if node.tuple_value not in self.types:
            return (node.tuple_value,)
        source = self.solver.find(self.types[node.tuple_value])
        if isinstance(source, IncompleteType):
            self.types[node] = self.solver.fresh()
            self.solver.wait(source, node)
        else:
            self.types[node] = self._field(node, source)
        return None

    def _try_item(self, node: TupleGetItem) -> None:
        source = self.solver.find(self.types[node.tuple_value])
        if isinstance(source, IncompleteType):
            self.solver.wait(source, node)
        else:
            self._solved.add(node)
            self.solver.unify(self.types[node], self._field(node, source))

    def _field(self, node: TupleGetItem, source: Type) -> Type:
        if not isinstance(source, TupleType):
            raise errors.wrong(f"only tuples have fields, and this is a {self.solver.resolve(source)}", node)
        if not 0 <= node.index < len(source.fields):
            raise errors.wrong(f"a tuple of {len(source.fields)} fields has no field {node.index}", node)
        return source.fields[node.index]

    def _ref_create(self, node: RefCreate) -> Pending:
        if node.value not in self.types:
            return (node.value,)
        self.types[node] = RefType(self.types[node.value])
        return None

    def _ref_read(self, node: RefRead) -> Pending:
        if node.ref not in self.types:
            return (node.ref,)
        source = self.solver.find(self.types[node.ref])
        if not isinstance(source, RefType):
            value = self.solver.fresh()
            source = self._unify("only references can be read", source, node.ref, RefType(value), node, node)
            source = RefType(value)
        self.types[node] = source.value
        return None

    def _ref_write(self, node: RefWrite) -> Pending:
        pending = self._missing((node.ref, node.value))
        if pending:
            return pending
        ref, value = self.types[node.ref], RefType(self.types[node.value])
        self._unify("the value does not fit the reference", ref, node.ref, value, node.value, node)
        self.types[node] = TupleType(())
        return None
