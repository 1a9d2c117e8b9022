"""PartitionGraph: marked regions become global functions for their compilers (relay.transform.PartitionGraph, 0.19)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from relay_compat.analysis.annotated_regions import AnnotatedRegion, AnnotatedRegionSet
from relay_compat.annotations import BEGIN, DEFAULT, END, compiler_of, end, is_begin, is_end
from relay_compat.ir.expr import Call, Constant, Expr, Function, GlobalVar, Tuple, TupleGetItem, Var
from relay_compat.ir.make import bind
from relay_compat.ir.module import IRModule
from relay_compat.passes.infer_type import InferType
from relay_compat.types.infer import infer_expr, infer_types
from relay_compat.visit import Rewriter
from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.global_functions import get_global_func
from tensor_core.node import Node
from tensor_core.passes import ModulePass, Pass, PassContext, PassInfo, Sequential


def PartitionGraph(mod_name: str = "default", bind_constants: bool = True) -> Pass:
    """A pass whose functions are called ``tvmgen_<mod_name>_<compiler>_<function>_<number>``.

    ``bind_constants`` moves constant inputs into the functions. ValueError for a name that is no identifier.
    """
    if mod_name and not re.fullmatch(r"[A-Za-z0-9_]+", mod_name):
        raise ValueError(f"{mod_name} contains invalid characters")
    prefix = f"tvmgen_{mod_name}" if mod_name else "tvmgen"
    return Sequential([
        _pass("FlattenNestedTuples", lambda module: _each(module, _TupleFlattener)),
        _pass("RemoveDefaultAnnotations", lambda module: _each(module, _DefaultRemover)),
        _pass("PartitionGraph", lambda module: partitioned(module, bind_constants)),
        _pass("NameMangleExtFuncs", lambda module: mangled(module, prefix)),
        InferType(),
    ])  # fmt: skip


def _pass(name: str, function: Callable[[IRModule], IRModule]) -> Pass:
    def run(module: IRModule, context: PassContext) -> IRModule:
        del context
        return function(module)

    return ModulePass(PassInfo(0, name), run)


def _each(module: IRModule, rewriter: Callable[[], Rewriter]) -> IRModule:
    result = module.copy()
    for name, function in module.functions.items():
        if isinstance(function, Function):
            result[name] = function.replace(body=rewriter().rewrite(function.body))
    return infer_types(result)


class _TupleFlattener(Rewriter):
    """The end of a tuple becomes a tuple of ends, so that no function returns a tuple of tuples."""

    def leave(self, old: Node, new: Node) -> Node:
        del old
        if is_end(new) and isinstance(fields := new.args[0], Tuple):
            return fields.replace(fields=tuple(end(field, compiler_of(new)) for field in fields.fields))
        return new


class _DefaultRemover(Rewriter):
    """What no outside compiler takes loses its marks."""

    def leave(self, old: Node, new: Node) -> Node:
        del old
        if (is_begin(new) or is_end(new)) and compiler_of(new) == DEFAULT:
            return new.args[0]
        return new


# ---------------------------------------------------------------- partitioning


def partitioned(module: IRModule, bind_constants: bool) -> IRModule:
    """The module with a global function for each region, called where the region was."""
    result = module.copy()
    for name, function in module.functions.items():
        if isinstance(function, Function):
            regions = AnnotatedRegionSet(function, BEGIN, END, name.name)
            body = _Partitioner(result, regions, bind_constants).rewrite(function.body)
            result[name] = function.replace(body=body)
    return infer_types(result)


class _Region:
    """What is known of a region's function."""

    def __init__(self) -> None:
        self.args: list[tuple[Var, Expr]] = []
        self.inputs: dict[Expr, Var] = {}
        self.outputs: dict[Expr, Expr] = {}


class _Partitioner(Rewriter):
    def __init__(self, module: IRModule, regions: AnnotatedRegionSet, bind_constants: bool) -> None:
        super().__init__()
        self._module = module
        self._regions = regions
        self._bind_constants = bind_constants
        self._known: dict[AnnotatedRegion, _Region] = {}
        self._open: set[AnnotatedRegion] = set()

    def order(self, node: Node) -> Iterator[Node]:
        """With the first end of a region, all that the region returns."""
        yield from super().order(node)
        if is_end(node):
            region = self._region(node)
            if self._info(region).outputs:
                return
            if region in self._open:
                raise fail(codes.ILL_FORMED, f"region {region.id} of {region.target} feeds itself", node.span)
            self._open.add(region)
            yield from (ret.args[0] for ret in region.rets)

    def leave(self, old: Node, new: Node) -> Node:
        if is_begin(old):
            assert isinstance(new, Call)
            return self._input(old, new.args[0])
        if not is_end(old):
            return new
        region = self._region(old)
        info = self._info(region)
        if not info.outputs:
            self._make(region, info, old)
        return info.outputs[old.args[0]]

    def _region(self, mark: Call) -> AnnotatedRegion:
        region = self._regions.get_region(mark)
        assert region is not None
        return region

    def _info(self, region: AnnotatedRegion) -> _Region:
        return self._known.setdefault(region, _Region())

    def _input(self, mark: Call, value: Expr) -> Var:
        """The parameter of an edge into a region; one for all edges from one expression."""
        source = mark.args[0]
        while is_begin(source) or is_end(source):
            source = source.args[0]
        region = self._region(mark)
        info = self._info(region)
        if source not in info.inputs:
            name = f"{compiler_of(mark)}_{region.id}_i{region.args.index(mark)}"
            info.inputs[source] = var = Var(name, mark.checked)
            info.args.append((var, value))
        return info.inputs[source]

    def _make(self, region: AnnotatedRegion, info: _Region, mark: Call) -> None:
        """Add the region's function to the module, and note what stands for its results."""
        results = list(dict.fromkeys(ret.args[0] for ret in region.rets))
        fields = tuple(self._rewritten(result) for result in results)
        call = self._call(region, info, fields, mark)
        if len(results) == 1:
            info.outputs[results[0]] = call
        else:
            info.outputs.update({result: TupleGetItem(call, index) for index, result in enumerate(results)})

    def _rewritten(self, expr: Expr) -> Expr:
        made = self.done[expr]
        assert isinstance(made, Expr)
        return made

    def _call(self, region: AnnotatedRegion, info: _Region, fields: tuple[Expr, ...], mark: Call) -> Call:
        params = tuple(var for var, _ in info.args)
        bound = {var: value for var, value in info.args if self._bind_constants and _is_constant(value)}
        args = tuple(value for var, value in info.args if var not in bound)
        type_ = getattr(mark.args[0], "checked", None)
        function = Function(params, fields[0], type_) if len(fields) == 1 else Function(params, Tuple(fields))
        if bound:
            function = bind(function, bound)
        target = compiler_of(mark)
        function = _optimized(function, target)
        name = f"{target}_{region.name}_{region.id}"
        # In the order of TVM's map, which shows in the text.
        marks = {"Compiler": target, "Primitive": 1, "Inline": 1, "global_symbol": name}
        var = GlobalVar(self._module.fresh_name(name))
        # A function of several results has no declared type, and calls of it need one.
        self._module[var] = infer_expr(function.with_attr(marks), self._module)
        return Call(var, args)


def _is_constant(expr: Expr) -> bool:
    if isinstance(expr, Tuple):
        return all(isinstance(field, Constant) for field in expr.fields)
    return isinstance(expr, Constant)


def _optimized(function: Function, target: str) -> Function:
    """What the global function ``relay.ext.<compiler>.optimize`` makes of a region's function, if there is one."""
    optimize: Any = get_global_func(f"relay.ext.{target}.optimize", allow_missing=True)
    if optimize is None:
        return function
    return optimize(InferType()(IRModule.from_expr(function)))["main"]


# ---------------------------------------------------------------- names


def mangled(module: IRModule, prefix: str) -> IRModule:
    """The module with a prefix before the names of all functions for outside compilers."""
    names: dict[Any, GlobalVar] = {}
    for name, function in module.functions.items():
        if isinstance(function, Function) and "Compiler" in function.attrs:
            names[name] = GlobalVar(re.sub(r"[^A-Za-z0-9]", "_", f"{prefix}_{name.name}"))
    result = type(module)({}, module.type_definitions, module.attrs, module.global_infos, module.params)
    for name, function in module.functions.items():
        if not isinstance(function, Function):
            result[name] = function
            continue
        function = function.replace(body=_Renamer(names).rewrite(function.body))
        if name in names:
            function = function.with_attr("global_symbol", names[name].name)
        result[names.get(name, name)] = function
    return result


class _Renamer(Rewriter):
    def __init__(self, names: Mapping[Any, GlobalVar]) -> None:
        super().__init__()
        self._names = names

    def leave(self, old: Node, new: Node) -> Node:
        del old
        if isinstance(new, Call) and new.op in self._names:
            return new.replace(op=self._names[new.op])
        return new
