"""ToMixedPrecision: products and convolutions compute on float16 (relax.transform of TVM 0.19 to 0.27).

In dataflow blocks. An operator takes float16 always, where all its operands are so already, or never; constants count
as float16 where they fit. What only operators of the first kind use is stored in float16. Parameters and results keep
their types. Convolutions and products state ``out_dtype``, and their results are cast to float16.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import numpy as np

from relax_core.ir.expr import (
    Binding,
    BindingBlock,
    Call,
    Constant,
    DataflowVar,
    Expr,
    Function,
    IRModule,
    Op,
    Tuple,
    TupleGetItem,
    Var,
    VarBinding,
)
from relax_core.ir.types import TensorType, TupleType, Type
from relax_core.passes.call_lowering import CallLowering
from relax_core.passes.function_pass import FunctionPass, relax_release
from relax_core.passes.half_only import HALF, Level, half_only, is_nested_tensor
from relax_core.retype import same
from relax_core.types.deduce import type_of
from relax_core.visit import substitute, variables
from tensor_core.attrs import Attrs
from tensor_core.passes import Contract, Pass, PassContext, PassInfo
from tensor_core.trampoline import Steps

Policy = Literal["always", "follow", "never"]
_LARGEST = 65504
_CAST = ("float16", "float32")
"""Only these are cast; other element types stay as they are."""

ALWAYS = frozenset({
    "matmul", "outer", "nn.attention", "nn.attention_bias", "nn.attention_var_len", "nn.conv1d", "nn.conv2d",
    "nn.conv3d", "nn.conv1d_transpose", "nn.conv2d_transpose", "nn.conv3d_transpose",
})  # fmt: skip
FOLLOW = frozenset({
    "abs", "acos", "acosh", "add", "arange", "asin", "asinh", "astype", "atan", "atan2", "atanh", "bitwise_and",
    "bitwise_not", "bitwise_or", "bitwise_xor", "broadcast_to", "ceil", "concat", "cos", "cosh", "divide",
    "dynamic_strided_slice", "equal", "erf", "ewise_fma", "exp", "expand_dims", "eye", "flatten", "floor",
    "floor_divide", "floor_mod", "full", "full_like", "greater", "greater_equal", "hamming_window",
    "image.affine_grid", "image.grid_sample", "image.resize2d", "image.resize3d", "isfinite", "isinf", "isnan",
    "layout_transform", "left_shift", "less", "less_equal", "log", "log_add_exp", "logical_and", "logical_not",
    "logical_or", "logical_xor", "maximum", "meshgrid", "minimum", "mod", "multiply", "negative",
    "nn.adaptive_avg_pool1d", "nn.adaptive_avg_pool2d", "nn.adaptive_avg_pool3d", "nn.avg_pool1d", "nn.avg_pool2d",
    "nn.avg_pool3d", "nn.batch_flatten", "nn.dropout", "nn.gelu", "nn.gelu_tanh", "nn.group_norm", "nn.instance_norm",
    "nn.layer_norm", "nn.max_pool1d", "nn.max_pool2d", "nn.max_pool3d", "nn.relu", "nn.rms_norm", "nn.selu",
    "nn.silu", "not_equal", "ones", "permute_dims", "power", "reshape", "right_shift", "round", "rsqrt", "sigmoid",
    "sign", "sin", "sinh", "split", "sqrt", "square", "squeeze", "stack", "strided_slice", "subtract", "tan", "tanh",
    "trunc", "vision.roi_align", "vision.roi_pool", "zeros",
})  # fmt: skip
"""The operators' policies as the registry of TVM 0.27 has them; all others never take float16."""


def ToMixedPrecision(out_dtype: str = "float32", fp16_input_names: Collection[str] | None = None) -> Pass:
    """The pass. ``out_dtype``: in what products and convolutions accumulate; ``fp16_input_names``: parameters that are
    to be float16 from the start.
    """
    names = frozenset(fp16_input_names or ())

    def apply(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return _Mixed(function, out_dtype, names, relax_release(module)).run(function)

    return FunctionPass(PassInfo(0, "ToMixedPrecision", contract=Contract.APPROXIMATE), apply)


def policy_of(op: Op) -> Policy:
    """What an operator does."""
    name = op.name.removeprefix("relax.")
    return "always" if name in ALWAYS else "follow" if name in FOLLOW else "never"


class _Mixed(CallLowering):
    """``replaced`` holds the variables that stand for others, of another element type perhaps."""

    def __init__(self, function: Function, out_dtype: str, half_inputs: Collection[str], release: str) -> None:
        super().__init__(function, _unchanged, release)
        self._out_dtype = out_dtype
        self._half_inputs = half_inputs
        self._levels = half_only(function, lambda op: policy_of(op) == "always")
        self._entered = False
        self._params: Sequence[Var] = ()

    def function(self, function: Function) -> Steps[Function]:
        """Parameters that are to be float16 become so."""
        if self._entered:
            # What a local function computes is its own.
            return function
        self._entered = True
        renamed = tuple([self._as_input(param) for param in function.params])
        self._params = function.params
        changed = any(new is not old for new, old in zip(renamed, function.params, strict=True))
        result = yield super().function(function.replace(params=renamed) if changed else function)
        return result

    def _as_input(self, param: Var) -> Var:
        type_ = param.ty
        if param.name not in self._half_inputs or not isinstance(type_, TensorType):
            return param
        return self.renew(param, TensorType(type_.shape, "float16", type_.vdevice, type_.ndim))

    def block(self, block: BindingBlock) -> Steps[BindingBlock]:
        """In a dataflow block, parameters that are only wanted in float16 are cast first."""
        if type(block) is BindingBlock:
            return (yield super().block(block))
        outer, self.in_dataflow = self.in_dataflow, True
        known = {param: self.replaced.get(param) for param in self._params}
        bindings: list[Binding] = []
        for param in self._params:
            self._store(param, bindings)
        for binding in block.bindings:
            bindings += yield self.rewrite(binding)
        for param, before in known.items():
            if before is not None:
                self.replaced[param] = before
            else:
                self.replaced.pop(param, None)
        self.in_dataflow = outer
        unchanged = len(bindings) == len(block.bindings) and all(map(_is, bindings, block.bindings))
        return block if unchanged else block.replace(bindings=tuple(bindings))

    def rewrite(self, binding: Binding) -> Steps[tuple[Binding, ...]]:
        """The bindings in the place of one."""
        if not self.in_dataflow or not isinstance(binding, VarBinding):
            return (yield super().rewrite(binding))
        made: list[Binding] = []
        value = yield from self._value(binding)
        value = self._unbound(value) or value
        made += self._take()
        made.append(self.bound(binding, value))
        self._store(binding.var, made)
        return tuple(made)

    def _value(self, binding: VarBinding) -> Steps[Expr]:
        value = binding.value
        if isinstance(value, Call) and isinstance(value.op, Op):
            return self._operator(binding, value, value.op)
        if isinstance(value, (Tuple, TupleGetItem)):
            moved = self.leaf(value)
            return moved if isinstance(binding.var, DataflowVar) else self._as(moved, type_of(binding.var))
        if isinstance(value, (Call, Var)):
            return self._as_before(value)
        return (yield super().value(value))

    def _operator(self, binding: VarBinding, call: Call, op: Op) -> Expr:
        if op.name == "relax.wrap_param":
            return call.args[0]
        args = [self._moved(arg) for arg in call.args]
        policy = policy_of(op)
        if policy == "always" and not any(_has_floats(type_of(arg)) for arg in args):
            # TVM accumulates integers in floats here, too.
            policy = "never"
        if policy == "never":
            if all(map(_is, args, call.args)):
                return call
            return self._with_args(
                call, [self._as(new, type_of(old)) for new, old in zip(args, call.args, strict=True)]
            )
        attrs = call.attrs
        if policy == "always" and isinstance(attrs, Attrs) and "out_dtype" in attrs:
            attrs = Attrs(attrs.type_key, {**attrs, "out_dtype": self._out_dtype})
        dtype = "float16" if policy == "always" or all(map(_fits, args)) else "float32"
        args = [self._cast(arg, dtype) if is_nested_tensor(type_of(arg)) else arg for arg in args]
        if attrs is call.attrs and all(map(_is, args, call.args)):
            made: Expr = call
        else:
            made = self._with_args(call.replace(attrs=attrs), args)
        if not isinstance(binding.var, DataflowVar):
            return self._as(made, type_of(binding.var))
        return self._cast(made, dtype) if policy == "always" else made

    def _with_args(self, call: Call, args: Sequence[Expr]) -> Call:
        made = self.typed_anew(call.replace(args=tuple(args)))
        assert isinstance(made, Call)
        return made

    def _moved(self, arg: Expr) -> Expr:
        """An argument with the variables that stand for others now."""
        found = {var: new for var in variables(arg) if (new := self.resolve(var)) is not var}
        if not found:
            return arg
        made = substitute(arg, found)
        return self.typed_anew(made) if isinstance(made, Tuple) else made

    def _as_before(self, value: Expr) -> Expr:
        """A value whose variables have the types that they had."""
        found = {var: self._as(new, type_of(var)) for var in variables(value) if (new := self.resolve(var)) is not var}
        found = {var: self.bind(new, "lv") if isinstance(new, Call) else new for var, new in found.items()}
        return substitute(value, found) if found else value

    def _store(self, var: Var, made: list[Binding]) -> None:
        """A variable that is only wanted in float16 is stored so."""
        level = self._levels.get(var)
        if level is None:
            return
        current = self.resolve(var)
        stored = self._as(current, _halved(type_of(current), level))
        if stored is not current:
            new = stored if isinstance(stored, Var) else self.bind(stored, "lv")
            made += self._take()
            self.replaced[var] = new

    def _take(self) -> list[Binding]:
        added, self._added = self._added, []
        return added

    # ------------------------------------------------------------ casts

    def _cast(self, expr: Expr, dtype: str) -> Expr:
        """The value with every float32 and float16 in it of one element type."""
        return self._as(expr, _of_dtype(type_of(expr), dtype))

    def _as(self, expr: Expr, target: Type | None) -> Expr:
        """The value with the element types of a type of the same form; itself where it has them."""
        if same(type_of(expr), target):
            return expr
        if isinstance(target, TensorType):
            return self._cast_tensor(expr, target.dtype)
        if not isinstance(target, TupleType):
            return expr
        fields = [self._as(item, field) for item, field in zip(self._items(expr, target), target.fields, strict=True)]
        made = Tuple(tuple(fields))
        type_of(made)
        return made

    def _items(self, expr: Expr, type_: TupleType) -> Sequence[Expr]:
        if isinstance(expr, Tuple):
            return expr.fields
        source = expr if isinstance(expr, Var) else self.bind(expr, "lv")
        return [self.item(source, n) for n in range(len(type_.fields))]

    def _cast_tensor(self, expr: Expr, dtype: str) -> Expr:
        type_ = type_of(expr)
        if not isinstance(type_, TensorType) or type_.dtype == dtype or type_.dtype not in _CAST:
            return expr
        return self.op("astype", expr if isinstance(expr, (Var, Constant)) else self.bind(expr, "lv"), dtype)


def _of_dtype(type_: Type | None, dtype: str) -> Type | None:
    """The type with float16 and float32 in it replaced by one element type."""
    if isinstance(type_, TupleType):
        return TupleType(tuple([_known(_of_dtype(field, dtype)) for field in type_.fields]))
    if isinstance(type_, TensorType) and type_.dtype in _CAST and type_.dtype != dtype:
        return TensorType(type_.shape, dtype, type_.vdevice, type_.ndim)
    return type_


def _has_floats(type_: Type | None) -> bool:
    """Whether some tensor in it can be cast."""
    if isinstance(type_, TupleType):
        return any(map(_has_floats, type_.fields))
    return isinstance(type_, TensorType) and type_.dtype in _CAST


def _halved(type_: Type | None, level: Level) -> Type | None:
    """The type with float16 for those fields that nothing but float16 is wanted of."""
    if isinstance(type_, TupleType):
        levels = level if isinstance(level, tuple) else (level,) * len(type_.fields)
        return TupleType(tuple([_known(_halved(field, n)) for field, n in zip(type_.fields, levels, strict=True)]))
    return _of_dtype(type_, "float16") if level == HALF else type_


def _known(type_: Type | None) -> Type:
    assert type_ is not None
    return type_


def _unchanged(lowering: CallLowering, call: Call) -> None:
    del lowering, call


def _is(a: object, b: object) -> bool:
    return a is b


def _fits(arg: Expr) -> bool:
    """Whether an argument may be taken as float16: it is, or a constant's numbers are within its range."""
    if isinstance(arg, Tuple):
        return all(map(_fits, arg.fields))
    type_ = type_of(arg)
    if not is_nested_tensor(type_):
        return True
    if isinstance(arg, Constant):
        return not arg.data.size or float(np.max(np.abs(arg.data.astype(np.float64)))) <= _LARGEST
    return isinstance(type_, TensorType) and str(type_.dtype) == "float16"
