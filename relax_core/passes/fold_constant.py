"""FoldConstant: calls whose arguments are constants are evaluated (relax.transform.FoldConstant, TVM 0.27).

Ops are folded inside dataflow blocks only, ``call_tir`` everywhere. A folded tensor takes the place of its variable; a
folded tuple stays a binding. What dataflow blocks no longer need is removed. As in TVM, the ops of ``KEPT`` and
creations of more than 1024 elements stay. A call whose evaluation fails stays, too.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from relax_core.assumed import assumed
from relax_core.ir.expr import (
    Binding,
    Call,
    Constant,
    Expr,
    Function,
    GlobalVar,
    IRModule,
    Op,
    PrimFunc,
    PrimValue,
    ShapeExpr,
    Tuple,
    VarBinding,
)
from relax_core.ir.types import ShapeType, TensorType, TupleType, Type
from relax_core.normalize import normalize
from relax_core.ops import call_params
from relax_core.passes.remove_unused import remove_unused
from relax_core.run_builtins import run_kernel
from relax_core.types.builtins import stated_type
from relax_core.types.deduce import type_of
from relax_core.types.plain import of_array, plain
from relax_core.visit import Mutator
from tensor_core import dtypes, reference, shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.ops.card import Reject
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo
from tensor_core.tir.to_loops import to_loops
from tensor_core.trampoline import Steps
from tensor_core.types import TensorType as PlainTensor
from tensor_core.types import leaves, tensor_type_of

KEPT = frozenset(
    {
        "relax.arange", "relax.argsort", "relax.cumprod", "relax.cumsum", "relax.dynamic_strided_slice",
        "relax.ewise_fma", "relax.multinomial_from_uniform", "relax.nonzero", "relax.size", "relax.sort",
        "relax.topk", "relax.unique",
    }
)  # fmt: skip
"""Ops that TVM 0.27 was seen to leave alone: their kernels call foreign code or their shapes depend on data."""
LARGEST_CREATION = 1024
"""Tensors made of no tensor (zeros, ones) are folded up to this number of elements."""


def fold_constant(module: IRModule, context: PassContext | None = None) -> IRModule:
    """The module with constant calls evaluated; the argument is left as it is."""
    del context
    module = normalize(module)
    result = module.copy()
    for var, function in module.functions.items():
        if isinstance(function, Function):
            result.functions[var] = remove_unused(_Folder(module).run(function))
    return result


def FoldConstant() -> Pass:
    """Evaluate constant calls."""
    return ModulePass(PassInfo(0, "FoldConstant"), fold_constant)


class _Folder(Mutator):
    def __init__(self, module: IRModule) -> None:
        super().__init__()
        self._module = module
        self._release = assumed(module.release)

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """Fold the right-hand side; a constant is put where the variable stood."""
        if not isinstance(binding, VarBinding) or not isinstance(binding.value, Call):
            return (yield super().rewrite(binding))
        value = self.leaf(binding.value)
        folded = self._fold(cast(Call, value))
        if isinstance(folded, Constant):
            self.replaced[binding.var] = folded
            return ()
        if folded is not None:
            value = folded
        return (binding if value is binding.value else binding.replace(value=value),)

    def _fold(self, call: Call) -> Expr | None:
        callee = call.op
        if not isinstance(callee, Op):
            return None
        try:
            if callee.name == "relax.call_tir":
                return self._fold_kernel(call)
            return self._fold_op(call, callee) if self.in_dataflow else None
        except (DiagnosticError, Reject):
            return None

    def _fold_op(self, call: Call, callee: Op) -> Expr | None:
        if callee.name == "relax.tensor_to_shape":
            return _folded_shape(call.args[0])
        if callee.name == "relax.shape_to_tensor":
            return _folded_tensor(call.args[0])
        if callee.card is None or not callee.card.is_pure or callee.name in KEPT or call.ty is None:
            return None
        if not all(_is_constant(arg) for arg in call.args) or not _is_static(call.ty):
            return None
        if not any(map(_holds_tensor, call.args)) and _elements(call.ty) > LARGEST_CREATION:
            return None
        found = call_params(call, self._release)
        if found is None:
            return None
        card, params, args = found
        return _expression(reference.evaluate(card, params, tuple(map(_value, args))), call.ty)

    def _fold_kernel(self, call: Call) -> Expr | None:
        target, *given = call.args
        kernel = self._module.functions.get(target) if isinstance(target, GlobalVar) else None
        type_ = stated_type(call)
        if not isinstance(kernel, PrimFunc) or type_ is None or len(given) != 1:
            return None
        kernel = to_loops(kernel, getattr(target, "name", ""))
        if kernel.scalars:
            return None
        fields = given[0].fields if isinstance(given[0], Tuple) else ()
        arrays = [item.data for item in fields if isinstance(item, Constant)]
        if len(arrays) != len(fields) or not _is_static(type_):
            return None
        outputs = [item for item in leaves(plain(type_)) if isinstance(item, PlainTensor)]
        results = run_kernel(kernel, arrays, outputs)
        return _expression(tuple(results) if isinstance(type_, TupleType) else results[0], type_)


def _is_constant(expr: Expr) -> bool:
    """Whether an argument is known now. Arguments that are scalars only do not make a call constant (see KEPT)."""
    if isinstance(expr, Tuple):
        return all(map(_is_constant, expr.fields))
    if isinstance(expr, ShapeExpr):
        return shapes.is_static(expr.values)
    return isinstance(expr, Constant) or (isinstance(expr, PrimValue) and not shapes.free_vars(expr.value))


def _holds_tensor(expr: Expr) -> bool:
    return isinstance(expr, Constant) or (isinstance(expr, Tuple) and any(map(_holds_tensor, expr.fields)))


def _is_static(type_: Type) -> bool:
    return all(isinstance(leaf, PlainTensor) and shapes.is_static(leaf.shape) for leaf in leaves(plain(type_)))


def _elements(type_: Type) -> int:
    sizes = [shapes.product(leaf.shape) for leaf in leaves(plain(type_)) if isinstance(leaf, PlainTensor)]
    return sum(size for size in sizes if isinstance(size, int))


def _value(expr: Expr) -> Any:
    if isinstance(expr, Tuple):
        return tuple(map(_value, expr.fields))
    if isinstance(expr, PrimValue):
        # A scalar that stands for a tensor, as one_hot's two values do.
        number = shapes.simplify(expr.value)
        return np.asarray(number if isinstance(number, int) else number.value, dtypes.to_numpy(expr.value.dtype))
    assert isinstance(expr, Constant)
    return expr.data


def _expression(value: Any, type_: Type) -> Expr | None:
    """The constant, or the tuple of constants, of a computed value; None when it is not of the deduced type."""
    if isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        if not isinstance(type_, TupleType) or len(items) != len(type_.fields):
            return None
        fields = [_expression(item, field) for item, field in zip(items, type_.fields, strict=True)]
        made: Expr = Tuple(tuple(field for field in fields if field is not None))
        if len(fields) != len(made.fields):
            return None
    else:
        array = np.asarray(value)
        if of_array(tensor_type_of(array)) != type_:
            return None
        made = Constant(array)
    type_of(made)
    return made


def _folded_shape(source: Expr) -> Expr | None:
    if not isinstance(source, Constant):
        return None
    made = ShapeExpr(tuple(int(dim) for dim in source.data))
    type_of(made)
    return made


def _folded_tensor(source: Expr) -> Expr | None:
    type_ = type_of(source)
    if not isinstance(source, ShapeExpr) or not isinstance(type_, ShapeType) or not shapes.is_static(source.values):
        return None
    return _expression(np.asarray(shapes.static(source.values), np.int64), TensorType((len(source.values),), "int64"))
