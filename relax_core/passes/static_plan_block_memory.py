"""StaticPlanBlockMemory: tensors share storage where they are not needed at once (relax.transform, TVM 0.19 to 0.27).

``builtin.alloc_tensor`` becomes ``memory.alloc_tensor`` out of a ``memory.alloc_storage``. A function may state bounds
of its symbolic variables (``tir_var_upper_bound`` and its kin): then storage has the size of the bound.
"""

from __future__ import annotations

from functools import partial

from relax_core.analysis.variables import all_vars
from relax_core.ir.expr import (
    Binding,
    Call,
    DataflowVar,
    DataTypeImm,
    Expr,
    Function,
    IRModule,
    PrimValue,
    ShapeExpr,
    StringImm,
    Var,
    VarBinding,
    op,
)
from relax_core.ir.types import TensorType
from relax_core.names import NameTable
from relax_core.passes.function_pass import relax_release, updated
from relax_core.passes.lower_alloc_tensor import has_device_operand
from relax_core.passes.memory_bounds import SizeBounds, bounds_of, largest
from relax_core.passes.memory_plan import ALLOC, Counting, Planning
from relax_core.passes.memory_tokens import Token
from relax_core.retype import RetypingMutator
from relax_core.types.deduce import deduce, type_of
from relax_core.visit import op_name
from tensor_core import dtypes, prim, shapes
from tensor_core.arith.analyzer import Analyzer
from tensor_core.arith.fold import made
from tensor_core.passes import ModulePass, Pass, PassInfo
from tensor_core.shapes import Dim
from tensor_core.trampoline import Steps, run

DYNAMIC_OUTPUT = "relax.memory_plan_dynamic_func_output"
"""The attribute of functions whose results, too, get storage of the size of their bound."""


def StaticPlanBlockMemory() -> Pass:
    """Let tensors share storage."""
    return ModulePass(PassInfo(0, "StaticPlanBlockMemory"), lambda module, _: static_plan_block_memory(module))


def static_plan_block_memory(module: IRModule) -> IRModule:
    """The module, in normal form, with storage planned; R2R0703 for allocations or bounds that cannot be planned."""
    functions = {var: item for var, item in module.functions.items() if isinstance(item, Function)}
    bounds = SizeBounds()
    release = relax_release(module)
    counting = Counting(module, bounds, release)
    for function in functions.values():
        run(counting.run(function))
    planning = Planning(counting.allocations, partial(_equal, bounds.analyzer), release)
    for function in functions.values():
        run(planning.run(function))
    return updated(module, {var: _rewritten(item, planning.plan, release) for var, item in functions.items()})


def _equal(analyzer: Analyzer, a: Dim, b: Dim) -> bool:
    return shapes.prove_equal(a, b) or analyzer.can_prove_equal(shapes.as_expr(a), shapes.as_expr(b))


def _rewritten(function: Function, plan: dict[Call, Token], release: str) -> Function:
    attrs = dict(function.attrs or {})
    dynamic = bool(getattr(attrs.get(DYNAMIC_OUTPUT), "value", attrs.get(DYNAMIC_OUTPUT)))
    bounds: SizeBounds | None = None
    if dynamic:
        bounds = SizeBounds()
        bounds_of(function, bounds)
    new = _Rewriter(function, plan, bounds, release).run(function)
    if dynamic:
        del attrs[DYNAMIC_OUTPUT]
        new = new.replace(attrs=attrs or None)
        type_of(new)
    return new


class _Rewriter(RetypingMutator):
    def __init__(self, function: Function, plan: dict[Call, Token], bounds: SizeBounds | None, release: str) -> None:
        super().__init__(release)
        self._names = NameTable(lambda: [var.name for var in all_vars(function)])
        self._plan = plan
        self._bounds = bounds
        self._storage: dict[Token, Var] = {}

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """An allocation becomes one out of storage, which is allocated before its first use."""
        call = binding.value if isinstance(binding, VarBinding) else None
        if not isinstance(binding, VarBinding) or not isinstance(call, Call) or op_name(call) != ALLOC:
            return (yield super().rewrite(binding))
        token = self._plan.get(call)
        if token is None:
            token = self._bounded(call)
        if token is None:
            return (binding,)
        added: list[Binding] = []
        if token not in self._storage:
            storage = self._alloc_storage(token, call)
            var = (DataflowVar if self.in_dataflow else Var)(self._names.unique("storage"), type_of(storage))
            added.append(VarBinding(var, storage))
            self._storage[token] = var
        return (*added, self.bound(binding, self._alloc_tensor(self._storage[token], call)))

    def _bounded(self, call: Call) -> Token | None:
        """Storage of its own for a tensor of dynamic shape whose size has a bound."""
        type_ = call.ty
        if self._bounds is None or not isinstance(type_, TensorType) or not type_.dims:
            return None
        if shapes.is_static(type_.dims):
            return None
        factors = [*largest(type_.dims, self._bounds), (dtypes.bits(type_.dtype) + 7) // 8]
        size = shapes.as_expr(factors[0])
        for factor in factors[1:]:
            size = made(prim.Mul, size, shapes.as_expr(factor))
        scope = call.args[3]
        return Token(shapes.as_dim(size), type_.dtype, scope.value if isinstance(scope, StringImm) else "global")

    def _alloc_storage(self, token: Token, call: Call) -> Call:
        args = (ShapeExpr((token.bytes,)), call.args[2], StringImm(token.scope), DataTypeImm(token.dtype))
        return self._made("relax.memory.alloc_storage", args)

    def _alloc_tensor(self, storage: Var, call: Call) -> Call:
        type_ = call.ty
        assert isinstance(type_, TensorType)
        assert type_.shape is not None
        args: tuple[Expr, ...] = (
            storage, PrimValue(prim.const(0, "int64")), type_.shape, DataTypeImm(type_.dtype)
        )  # fmt: skip
        if has_device_operand(self.release):
            args = (*args, call.args[2])
        return self._made("relax.memory.alloc_tensor", args)

    def _made(self, name: str, args: tuple[Expr, ...]) -> Call:
        for arg in args:
            type_of(arg)
        call = Call(op(name), args)
        call.memo("ty", deduce(call, self.release))
        return call
