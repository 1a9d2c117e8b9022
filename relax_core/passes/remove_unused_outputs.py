"""RemoveUnusedOutputs: private functions without results that nobody uses (relax.transform of TVM 0.19 to 0.27)."""

from __future__ import annotations

from relax_core.analysis.walk import walk
from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    PrimValue,
    SeqExpr,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TupleType
from relax_core.normalize import normalize_function
from relax_core.passes.canonicalize_bindings import CanonicalizeBindings
from relax_core.passes.dead_code_elimination import DeadCodeElimination
from relax_core.passes.function_pass import relax_release
from relax_core.reachable import is_exposed
from relax_core.types.leaves import type_of
from relax_core.visit import Mutator, variables
from tensor_core.passes import ModulePass, Pass, PassInfo, Sequential
from tensor_core.prim import FloatImm

Used = dict[Expr, list[bool]]
"""For each private function that returns a tuple, which fields are used."""


def RemoveUnusedOutputs() -> Pass:
    """Remove fields of results that no caller uses, and what computed them."""
    inner = ModulePass(PassInfo(0, "RemoveUnusedOutputsInner"), lambda module, _: remove_unused_outputs(module))
    return Sequential([inner, CanonicalizeBindings(), DeadCodeElimination()], name="RemoveUnusedOutputs")


def remove_unused_outputs(module: IRModule) -> IRModule:
    """The module whose private functions return what is used only; what computed the rest is still there."""
    used = {callee: fields for callee, fields in _usage(module).items() if not all(fields)}
    if not used:
        return module
    release = relax_release(module)
    renamed: dict[Expr, GlobalVar] = {}
    functions: dict[GlobalVar, Function] = {}
    for var, function in module.functions.items():
        if var in used and isinstance(function, Function):
            new = renamed[var] = GlobalVar(var.name, var.span)
            functions[var] = normalize_function(_reduced(function, used[var]), release)
            new.memo("checked", type_of(functions[var]))
    caller = _Caller(used, renamed)
    result = module.copy()
    for var, function in module.functions.items():
        function = functions.get(var, function)
        if isinstance(function, Function):
            new_function = caller.run(function)
            function = function if new_function is function else normalize_function(new_function, release)
        if var in renamed:
            del result[var]
        result[renamed.get(var, var)] = function
    return result


def _usage(module: IRModule) -> Used:
    used: Used = {}
    for var, function in module.functions.items():
        if isinstance(function, Function) and not is_exposed(function) and isinstance(function.ret_ty, TupleType):
            used[var] = [False] * len(function.ret_ty.fields)
    if not used:
        return used
    for function in module.functions.values():
        if isinstance(function, Function):
            _note_uses(function, used)
    return used


def _note_uses(function: Function, used: Used) -> None:
    """Mark the fields that a caller takes; a result that is used as a whole counts for all."""
    callees: dict[Var, Expr] = {}
    for node, done in walk(function):
        if done:
            continue
        if isinstance(node, Binding):
            value = node.value
            if isinstance(value, Call) and value.op in used:
                callees[node.var] = value.op
            elif isinstance(value, Var) and value in callees:
                callees[node.var] = callees[value]
            elif isinstance(value, TupleGetItem) and isinstance(value.tuple_value, Var):
                callee = callees.get(value.tuple_value)
                if callee is not None:
                    used[callee][value.index] = True
            else:
                _use_whole(value, callees, used)
        elif isinstance(node, SeqExpr):
            # Its bindings come after it in the walk, so the result is looked at when it ends.
            continue
    for node, done in walk(function):
        if not done and isinstance(node, SeqExpr):
            _use_whole(node.body, callees, used)


def _use_whole(value: Expr, callees: dict[Var, Expr], used: Used) -> None:
    for var in variables(value):
        callee = callees.get(var)
        if callee is not None:
            used[callee] = [True] * len(used[callee])


def _reduced(function: Function, used: list[bool]) -> Function:
    """The function that returns the used fields, or the only one by itself; not in normal form."""
    whole = Var("previous_outputs", function.ret_ty)
    fields = [TupleGetItem(whole, index) for index, is_used in enumerate(used) if is_used]
    result: Expr = fields[0] if len(fields) == 1 else Tuple(tuple(fields))
    body = SeqExpr((BindingBlock((VarBinding(whole, function.body),)),), result)
    return function.replace(body=body, ret_ty=type_of(result))


class _Caller(Mutator):
    def __init__(self, used: Used, renamed: dict[Expr, GlobalVar]) -> None:
        super().__init__()
        self._used = used
        self._renamed = renamed

    def leaf(self, expr: Expr) -> Expr:
        """A call as the tuple that it was; fields that nobody uses are numbers that are none."""
        expr = super().leaf(expr)
        new = self._renamed.get(expr.op) if isinstance(expr, Call) else None
        if new is None or not isinstance(expr, Call):
            return expr
        used = self._used[expr.op]
        call = Call(new, expr.args, expr.attrs, expr.ty_args, expr.span)
        fields: list[Expr] = []
        place = 0
        for is_used in used:
            if not is_used:
                fields.append(PrimValue(FloatImm(float("nan"), "float64")))
                continue
            fields.append(call if used.count(True) == 1 else TupleGetItem(call, place))
            place += 1
        return Tuple(tuple(fields))
