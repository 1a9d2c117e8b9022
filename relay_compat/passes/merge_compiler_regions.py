"""MergeCompilerRegions: neighbouring regions of one compiler become one (relay.transform in TVM 0.19)."""

from __future__ import annotations

from relay_compat.analysis.annotated_regions import AnnotatedRegion, AnnotatedRegionSet
from relay_compat.annotations import BEGIN, END, is_begin, is_end
from relay_compat.ir.expr import Call, Expr, Function, If
from relay_compat.passes.infer_type import InferType
from relay_compat.transform.function_pass import FunctionPass
from relay_compat.visit import Rewriter
from tensor_core.module import IRModule
from tensor_core.node import Node
from tensor_core.passes import Pass, PassContext, PassInfo, Sequential
from tensor_core.trampoline import Steps, run


def MergeCompilerRegions() -> Pass:
    """A pass over marked functions. Regions are not merged where one would then feed itself through another."""

    def merge(function: Function, module: IRModule, context: PassContext) -> Function:
        del module, context
        regions = AnnotatedRegionSet(function, BEGIN, END)
        run(_Merger(regions).visit(function))
        return _Unmarker(regions).rewrite(function)

    return Sequential([FunctionPass(PassInfo(0, "MergeCompilerRegions"), merge), InferType()])


class _Merger:
    def __init__(self, regions: AnnotatedRegionSet) -> None:
        self._regions = regions
        self._seen: set[Node] = set()
        self._merged: set[AnnotatedRegion] = set()
        self._barred: dict[AnnotatedRegion, int] = {}
        """A bit for each region that a region depends on through one of another compiler."""

    def visit(self, root: Node) -> Steps[None]:
        """Merge the regions of all ends in an expression, operands first."""
        seen = self._seen
        seen.add(root)
        stack = [(root, root.iter_children())]
        while stack:
            node, pending = stack[-1]
            child = next((item for item in pending if item not in seen), None)
            if child is not None:
                seen.add(child)
                stack.append((child, child.iter_children()))
                continue
            stack.pop()
            if is_end(node):
                yield self._end(node)

    def _end(self, mark: Call) -> Steps[None]:
        region = self._regions.get_region(mark)
        assert region is not None
        if region in self._merged:
            return
        for arg in list(region.args):
            parent = self._regions.get_region(arg.args[0])
            if parent is not None and parent not in self._merged and arg.args[0] not in self._seen:
                yield self.visit(arg.args[0])
        self._merge_parents(region)
        self._merged.add(region)

    def _merge_parents(self, region: AnnotatedRegion) -> None:
        parents: dict[AnnotatedRegion, None] = {}
        related: dict[AnnotatedRegion, None] = {}
        for arg in region.args:
            parent = self._regions.get_region(arg.args[0])
            if parent is None:
                related.update(dict.fromkeys(self._branches(arg.args[0])))
            else:
                parents[parent] = related[parent] = None
        barred = self._barred.get(region, 0)
        for other in related:
            barred |= self._barred.get(other, 0)
        for parent in parents:
            if parent.target != region.target:
                barred |= parent.members
            elif not barred & parent.members:
                self._regions.merge(parent, region)
        self._barred[region] = barred

    def _branches(self, expr: Expr) -> list[AnnotatedRegion]:
        """The regions that a choice takes its condition and results from."""
        found: list[AnnotatedRegion] = []
        stack = [expr]
        while stack:
            node = stack.pop()
            if isinstance(node, If):
                for part in (node.cond, node.true_branch, node.false_branch):
                    region = self._regions.get_region(part)
                    if region is None:
                        stack.append(part)
                    else:
                        found.append(region)
        return found


class _Unmarker(Rewriter):
    """Takes away the marks between two parts of one region."""

    def __init__(self, regions: AnnotatedRegionSet) -> None:
        super().__init__()
        self._regions = regions

    def leave(self, old: Node, new: Node) -> Node:
        if is_begin(old) and is_end(inner := old.args[0]):
            region = self._regions.get_region(old)
            if region is self._regions.get_region(inner):
                assert isinstance(new, Call)
                mark = new.args[0]
                assert isinstance(mark, Call)
                return mark.args[0]
        return new
