"""DynamicToStatic: operators that take a shape as an operand become those that take it as an attribute (TVM 0.19).

That is where the operand folds to a constant, given the types that earlier replacements made known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from relay_compat.ir.expr import Call, Constant, Expr, Function, Op
from relay_compat.op.call import call
from relay_compat.passes.fold_constant import folded
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.types.infer import infer_expr
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo


def DynamicToStatic() -> Pass:
    """The pass."""

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        del context
        return _refold(_Mutator(module).rewrite(function), module)

    return FunctionPass(PassInfo(2, "DynamicToStatic"), run)


def _refold(expr: Any, module: IRModule) -> Any:
    """Fold what types make known, then what that makes known."""
    return folded(infer_expr(folded(infer_expr(expr, module)), module))


class _Mutator(Rewriter):
    def __init__(self, module: IRModule) -> None:
        super().__init__()
        self._module = module

    def leave(self, old: Node, new: Node) -> Node:
        if isinstance(new, Function) and new is not old:
            return new.replace(ret_type=None)
        if isinstance(new, Call) and isinstance(new.op, Op) and new.op.name in _RULES:
            shapes, make = _RULES[new.op.name]
            known = [self._known(new.args[index]) for index in shapes]
            if None not in known:
                return make(new, *known)
        return new

    def _known(self, operand: Expr) -> Any:
        if not isinstance(operand, Constant):
            operand = _refold(operand, self._module)
        return operand.data.tolist() if isinstance(operand, Constant) else None


def _with(name: str, *attributes: str, tensors: tuple[int, ...] = (0,)) -> Callable[..., Expr]:
    """Makes the call of a static operator: its attributes are those of the dynamic one and the known operands."""

    def make(old: Call, *known: Any) -> Expr:
        attrs = {**(old.attrs or {}), **dict(zip(attributes, known, strict=True))}
        return call(name, *[old.args[index] for index in tensors], **attrs)

    return make


def _topk(old: Call, k: Any) -> Expr:
    return _with("topk", "k")(old, int(_first(k)))


def _one_hot(old: Call, depth: Any) -> Expr:
    return _with("one_hot", "depth", tensors=(0, 1, 2))(old, int(_first(depth)))


def _resize2d(old: Call, size: Any, roi: Any) -> Expr:
    return _with("image.resize2d", "size", "roi")(old, list(map(int, size)), roi)


def _pad(old: Call, width: Any, fill: Any) -> Expr:
    del fill
    return _with("nn.pad", "pad_width", tensors=(0, 2))(old, width)


def _first(value: Any) -> Any:
    return np.asarray(value).reshape(-1)[0]


_RULES: dict[str, tuple[tuple[int, ...], Callable[..., Expr]]] = {
    "dyn.reshape": ((1,), _with("reshape", "newshape")),
    "dyn.squeeze": ((1,), _with("squeeze", "axis")),
    "dyn.tile": ((1,), _with("tile", "reps")),
    "dyn.topk": ((1,), _topk),
    "dyn.broadcast_to": ((1,), _with("broadcast_to", "shape")),
    "dyn.zeros": ((0,), _with("zeros", "shape", tensors=())),
    "dyn.ones": ((0,), _with("ones", "shape", tensors=())),
    "dyn.full": ((1,), _with("full", "shape")),
    "dyn.one_hot": ((3,), _one_hot),
    "dyn.image.resize2d": ((1, 2), _resize2d),
    "dyn.nn.upsampling": ((1, 2), _with("nn.upsampling", "scale_h", "scale_w")),
    "dyn.nn.upsampling3d": ((1, 2, 3), _with("nn.upsampling3d", "scale_d", "scale_h", "scale_w")),
    "dyn.nn.pad": ((1, 2), _pad),
    "dyn.strided_slice": ((1, 2, 3), _with("strided_slice", "begin", "end", "strides")),
    "dyn.sparse_to_dense": ((3,), _with("sparse_to_dense", "output_shape", tensors=(0, 1, 2))),
}
"""By dynamic operator: the operands that must be known, and what makes the static call of them."""
