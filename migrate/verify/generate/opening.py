"""Programs whose parameters have dimensions that only the arguments tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from migrate.verify.generate.choices import Choices
from migrate.verify.generate.program import Program
from relay_compat.ir.adt import Match
from relay_compat.ir.expr import Call, Function, GlobalVar, If, Op, RefCreate, Var
from relay_compat.types.infer import infer_types
from relay_compat.visit import Rewriter, reachable
from tensor_core import shapes
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.types import TensorType, Type

_STATED = frozenset({
    "nn.contrib_conv2d_gemm_weight_transform", "nn.contrib_conv2d_gemm_without_weight_transform",
    "nn.contrib_conv2d_NCHWc", "nn.contrib_depthwise_conv2d_NCHWc",
    "nn.contrib_conv2d_winograd_without_weight_transform", "nn.contrib_conv3d_winograd_without_weight_transform",
    "nn.contrib_conv2d_winograd_nnpack_weight_transform", "nn.bitpack", "nn.upsampling", "nn.upsampling3d",
    "dyn.nn.upsampling", "dyn.nn.upsampling3d", "vision.yolo_reorg", "vision.proposal", "matrix_set_diag",
    "random.multinomial", "variance", "qnn.conv2d", "nn.space_to_batch_nd", "gather_nd",
    "scatter_nd", "sparse_to_dense", "dyn.sparse_to_dense",
})  # fmt: skip
"""Operators that the converter refuses where it does not know certain sizes."""
_EQUAL = frozenset({"nn.batch_matmul", "qnn.batch_matmul", "collapse_sum_like", "collapse_sum_to", "slice_like"})
"""Operators that TVM compiles as if open dimensions were equal, whether or not one of them turns out to be 1."""
_BRANCHING = (If, RefCreate, Function, Match, GlobalVar)
"""What the converter does not take together with open dimensions in all places."""


def opened(program: Program, choices: Choices) -> Program:
    """The program with some dimensions of its parameters open; as it is where one of its operators takes none such.

    The arguments stay, so what the operators ask of sizes still holds.
    """
    main = program.module["main"]
    assert isinstance(main, Function)
    nodes = reachable(main.body)
    calls = [(node.op.name, node) for node in nodes if isinstance(node, Call) and isinstance(node.op, Op)]
    names = {name for name, _ in calls}
    if names & _STATED or any(isinstance(node, _BRANCHING) for node in nodes):
        return program
    weights = set(reachable(*(arg for name, call in calls if "conv" in name for arg in call.args[1:])))
    least, axes = 2 if names & _EQUAL else 1, range(1) if any("conv" in name for name in names) else range(9)
    replaced: dict[Node, Node] = {
        param: _open(param, choices, least, axes)
        for param in main.params
        if _is_closed(param.checked_type) and param not in weights
    }
    module = program.module.copy()
    body = _Replacing(replaced).rewrite(main.body)
    params = tuple(found if isinstance(found := replaced.get(param), Var) else param for param in main.params)
    module.functions[module.get_global_var("main")] = Function(params, body)
    return replace(program, module=_typed(module) or program.module)


def _is_closed(type_: Type | None) -> bool:
    """Whether it is a tensor of known size: what a skeleton opened stays as it is."""
    return isinstance(type_, TensorType) and shapes.is_static(type_.shape)


def _open(param: Var, choices: Choices, least: int, axes: Iterable[int]) -> Var:
    type_ = param.checked_type
    assert isinstance(type_, TensorType)
    dims = enumerate(shapes.static(type_.shape))
    shape = tuple(
        shapes.ANY if axis in axes and dim >= least and choices.choose((True, False)) else dim for axis, dim in dims
    )
    return Var(param.name, TensorType(shape, type_.dtype))


def _typed(module: IRModule) -> IRModule | None:
    try:
        return infer_types(module)
    except DiagnosticError:
        return None


class _Replacing(Rewriter):
    """Puts other nodes in the place of some."""

    def __init__(self, replaced: dict[Node, Node]) -> None:
        super().__init__()
        self._replaced = replaced

    def leave(self, old: Node, new: Node) -> Node:
        return self._replaced.get(old, new)
