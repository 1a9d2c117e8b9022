"""FuseOps: gather operators into functions marked Primitive, each of which becomes one kernel (TVM 0.19).

Which operators go together is decided by :mod:`relay_compat.analysis.partition`. Scalar constants of common element
types go into the functions, other constants and values become their parameters p0, p1, ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from relay_compat.analysis.forward_graph import ForwardGraph
from relay_compat.analysis.partition import Group, partition
from relay_compat.ir.expr import Call, Constant, Expr, Function, Op, Tuple, TupleGetItem, Var
from relay_compat.ir.types import TensorType, Type
from relay_compat.target import Target
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter, reachable
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo

_MOST_OPERATORS = 256
RESHAPE_ONLY = "relay.reshape_only"


def FuseOps(fuse_opt_level: int = -1) -> Pass:
    """The pass. ``fuse_opt_level`` is that of the context unless given.

    The current target may limit the arguments of a function. The context's options ``relay.FuseOps.max_depth`` and
    ``relay.FuseOps.link_params`` bound the operators of one function and let constants of any size into it.
    """

    def run(function: Function, module: IRModule, context: PassContext) -> Function:
        level = context.opt_level if fuse_opt_level == -1 else fuse_opt_level
        depth = int(context.config.get("relay.FuseOps.max_depth", _MOST_OPERATORS))
        link = bool(context.config.get("relay.FuseOps.link_params", _links_params(module)))
        target = Target.current()
        return fuse_ops(function, level, depth, target.max_function_args if target else 0, link)

    return FunctionPass(PassInfo(0, "FuseOps", ("InferType",)), run)


def _links_params(module: IRModule) -> bool:
    """What the module's executor says."""
    executor: Any = module.attrs.get("executor")
    attrs: Any = getattr(executor, "attrs", None)
    return bool(attrs and attrs.get("link-params"))


def fuse_ops(function: Function, opt_level: int, max_depth: int, max_args: int, link_params: bool) -> Function:
    """The function, whose types must be inferred, with its operators in primitive functions.

    ``link_params``: constants of any size go into the primitive functions.
    """
    groups = partition(ForwardGraph(function), opt_level, max_depth, max_args)
    return _Fuser(groups, link_params).rewrite(function)


class _Signature:
    """The parameters of the function made of a group, and what is passed for them."""

    def __init__(self) -> None:
        self._params: dict[Expr, Var] = {}

    def param(self, value: Expr, type_: Type | None) -> Var:
        found = self._params.get(value)
        if found is None:
            found = self._params[value] = Var(f"p{len(self._params)}", type_)
        return found

    def call(self, result: Type | None, body: Expr) -> Call:
        calls = [node for node in reachable(body) if isinstance(node, Call)]
        attrs: dict[str, Any] = {"Primitive": 1 if calls else 0}
        annotations = [node.type_annotation for node in reachable(body) if isinstance(node, Var)]
        tensors = all(isinstance(annotation, TensorType) for annotation in annotations)
        if calls and tensors and all(isinstance(node.op, Op) and node.op.get_attr("TReshapeOp") for node in calls):
            attrs[RESHAPE_ONLY] = 1
        function = Function(tuple(self._params.values()), body, result, (), attrs)
        return Call(function, tuple(self._params))


class _Fuser(Rewriter):
    def __init__(self, groups: dict[Expr, Group], link_params: bool) -> None:
        super().__init__()
        self._groups = groups
        self._link_params = link_params
        self._signatures: dict[Group, _Signature] = {}

    def order(self, node: Node) -> Iterator[Node]:
        if isinstance(node, Function) and (node.attrs.get("Primitive") or node.attrs.get("Compiler") is not None):
            return iter(())
        return super().order(node)

    def leave(self, old: Node, new: Node) -> Node:
        match old:
            case Call(op=Op()):
                return self._call(old, new)
            case Tuple():
                group = self._groups[old].find()
                if group.root is old:
                    return new
                return old.replace(fields=self._operands(old.fields, group))
            case TupleGetItem():
                return self._item(old, new)
            case _:
                return new

    def _call(self, old: Call, new: Node) -> Node:
        assert isinstance(old.op, Op)
        if old.op.get_attr("TNonComputational") and not old.op.get_attr("FTVMQnnCanonicalize"):
            return new
        if old.op.name == "annotation.stop_fusion":
            return self.done[old.args[0]]
        group = self._groups[old].find()
        call = Call(old.op, self._operands(old.args, group), old.attrs, old.type_args, old.span)
        return self._finish(group, old, call)

    def _item(self, old: TupleGetItem, new: Node) -> Node:
        group = self._groups[old].find()
        if group.root is old and self._group_of(old.tuple_value) is not group:
            # The tuple comes from an operator that nothing is fused with.
            return new
        (source,) = self._operands((old.tuple_value,), group)
        return self._finish(group, old, TupleGetItem(source, old.index))

    def _finish(self, group: Group, old: Call | TupleGetItem, new: Expr) -> Node:
        return self._signature(group).call(old.checked, new) if group.root is old else new

    def _operands(self, operands: Sequence[Expr], group: Group) -> tuple[Expr, ...]:
        return tuple([self._operand(operand, group) for operand in operands])

    def _operand(self, operand: Expr, group: Group) -> Expr:
        new = self.done[operand]
        assert isinstance(new, Expr)
        if self._group_of(operand) is group or (self._link_params and isinstance(new, Constant)):
            return new
        return self._signature(group).param(new, getattr(operand, "checked", None))

    def _group_of(self, expr: Expr) -> Group | None:
        found = self._groups.get(expr)
        return None if found is None else found.find()

    def _signature(self, group: Group) -> _Signature:
        return self._signatures.setdefault(group, _Signature())
