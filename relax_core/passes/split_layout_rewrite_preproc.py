"""SplitLayoutRewritePreproc: what a tensor program does to the layout of its weights becomes a program of its own
(relax.transform of TVM 0.19 to 0.27).

A schedule marks the blocks that copy an argument in another layout with ``meta_schedule.layout_rewrite_preproc``. What
they do then stands before the call, where it can be lifted out and done once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from relax_core.expr_functor import PyExprMutator
from relax_core.ir.expr import Call, Function, IRModule, PrimFunc, TupleGetItem
from relax_core.ir.types import TensorType, TupleType
from relax_core.passes.attach_attr_layout_free_buffers import ATTRIBUTE, called_program
from relax_core.passes.dead_code_elimination import DeadCodeElimination
from tensor_core import codes, shapes
from tensor_core.diagnostics import fail
from tensor_core.node import Node, post_order
from tensor_core.passes import ModulePass, Pass, PassInfo, Sequential
from tensor_core.prim import IntImm, Var
from tensor_core.tir.buffer import Buffer
from tensor_core.tir.expr import HandleVar
from tensor_core.tir.renew import renewed_function
from tensor_core.tir.rewrite import map_statements
from tensor_core.tir.stmt import Block, BlockRealize, SeqStmt, Stmt, seq

_MARK = "meta_schedule.layout_rewrite_preproc"


def SplitLayoutRewritePreproc() -> Pass:
    """The pass. R2R0604 for a marked block that does more than copy one argument, or that stands among others; sizes
    must be known.
    """
    name = "SplitLayoutRewritePreproc"
    inner = ModulePass(PassInfo(0, name), lambda module, _: _Splitter(module).split())
    return Sequential([inner, DeadCodeElimination()], name=name)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A marked block: the number of the argument that it copies, from where to where."""

    place: int
    source: Buffer
    target: Buffer


@dataclass(frozen=True, slots=True)
class _Halves:
    """What a program is split into."""

    first: PrimFunc
    rest: PrimFunc
    copies: tuple[_Copy, ...]


class _Splitter(PyExprMutator):
    def __init__(self, module: IRModule) -> None:
        super().__init__(module)
        self._module = module
        programs = {var: item for var, item in module.functions.items() if isinstance(item, PrimFunc)}
        self._halves = {var: halves for var, item in programs.items() if (halves := _split(item)) is not None}

    def split(self) -> IRModule:
        """The module with its Relax functions changed and the programs added."""
        for var, function in self._module.functions.items():
            if isinstance(function, Function) and self._halves:
                self.builder_.update_func(var, self.visit_expr(function))
        return self.builder_.get()

    def visit_call_(self, op: Call) -> Any:
        """The result of the second program, on what the first one made."""
        call = self.visit_expr_post_order(op)
        found = called_program(self._module, call)
        halves = None if found is None else self._halves.get(found[0])
        if found is None or halves is None:
            return call
        var, _, given = found
        types = [TensorType(shapes.as_shape(copy.target.shape), copy.target.dtype) for copy in halves.copies]
        first = self.builder_.add_func(halves.first, f"{var.name}_weight_prepack")
        rest = self.builder_.add_func(halves.rest, f"{var.name}_prepacked")
        out = types[0] if len(types) == 1 else TupleType(tuple(types))
        made = self.builder_.emit(self.builder_.call_tir(first, [given[copy.place] for copy in halves.copies], out))
        args = list(given)
        for n, copy in enumerate(halves.copies):
            args[copy.place] = made if len(types) == 1 else self.builder_.emit(TupleGetItem(made, n))
        return self.builder_.emit(self.builder_.call_tir(rest, args, call.ty_args))


def _split(func: PrimFunc) -> _Halves | None:
    """The two programs; None where nothing is marked."""
    root = func.body.block if isinstance(func.body, BlockRealize) and not func.body.iter_values else None
    if root is None:
        return None
    stages = root.body.seq if isinstance(root.body, SeqStmt) else (root.body,)
    marked = [stage for stage in stages if _is_marked(stage)]
    if not marked:
        return None
    if len(marked) == len(stages):
        raise fail(codes.MALFORMED_KERNEL, "nothing is left to compute beside what is done to layouts", func.span)
    copies = tuple([_copy(func, block) for stage in marked for block in _blocks(stage)])
    made = {copy.target for copy in copies}
    return _Halves(
        _first(func, marked, copies), _rest(func, root, [s for s in stages if s not in marked], made, copies), copies
    )


def _blocks(stage: Stmt) -> list[Block]:
    return [item for item in post_order([stage], Node.iter_children) if isinstance(item, Block)]


def _is_marked(stage: Stmt) -> bool:
    kinds = {_has_mark(block) for block in _blocks(stage)}
    if len(kinds) > 1:
        raise fail(codes.MALFORMED_KERNEL, "a loop holds blocks of both kinds: some do something to layouts, some not")
    return kinds == {True}


def _has_mark(block: Block) -> bool:
    mark: Any = (block.annotations or {}).get(_MARK)
    return bool(mark.value if isinstance(mark, IntImm) else mark)


def _copy(func: PrimFunc, block: Block) -> _Copy:
    if len(block.reads) != 1 or len(block.writes) != 1 or block.alloc_buffers or block.match_buffers:
        raise fail(codes.MALFORMED_KERNEL, f"block {block.name_hint} does more than copy one array to one")
    source, target = block.reads[0].buffer, block.writes[0].buffer
    place = next((n for n, param in enumerate(func.params) if func.buffer_map.get(param) is source), None)
    if place is None or not shapes.is_static(shapes.as_shape(target.shape)):
        raise fail(
            codes.MALFORMED_KERNEL, f"block {block.name_hint} copies no argument, or to an array of unknown size"
        )
    return _Copy(place, source, target)


def _unmarked(stmt: Stmt) -> Stmt:
    if not isinstance(stmt, Block):
        return stmt
    return stmt.replace(annotations={key: value for key, value in (stmt.annotations or {}).items() if key != _MARK})


def _first(func: PrimFunc, stages: Sequence[Stmt], copies: Sequence[_Copy]) -> PrimFunc:
    arrays = [*(copy.source for copy in copies), *(copy.target for copy in copies)]
    params: dict[Var, Buffer | None] = {HandleVar(array.name): array for array in arrays}
    return _program(func, params, [map_statements(stage, _unmarked) for stage in stages], (), "_weight_prepack")


def _rest(func: PrimFunc, root: Block, stages: Sequence[Stmt], made: set[Buffer], copies: Sequence[_Copy]) -> PrimFunc:
    params: dict[Var, Buffer | None] = {}
    given = {copy.place: copy.target for copy in copies}
    for n, param in enumerate(func.params):
        target = given.get(n)
        params[param if target is None else HandleVar(target.name)] = target or func.buffer_map.get(param)
    kept = tuple([buffer for buffer in root.alloc_buffers if buffer not in made])
    return _program(func, params, stages, kept, "_prepacked")


def _program(
    func: PrimFunc,
    params: Mapping[Var, Buffer | None],
    stages: Sequence[Stmt],
    scratch: tuple[Buffer, ...],
    suffix: str,
) -> PrimFunc:
    block = Block((), (), (), "root", seq(list(stages)), alloc_buffers=scratch)
    attrs = {key: value for key, value in func.attrs.items() if key != ATTRIBUTE}
    if "global_symbol" in attrs:
        attrs["global_symbol"] = f"{attrs['global_symbol']}{suffix}"
    buffers = {var: buffer for var, buffer in params.items() if buffer is not None}
    return renewed_function(PrimFunc(tuple(params), BlockRealize((), IntImm(1, "bool"), block), None, buffers, attrs))
