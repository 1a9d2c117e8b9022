"""ConvertToDataflow: runs of pure bindings become dataflow blocks (relax.transform of TVM 0.19 to 0.27)."""

from __future__ import annotations

from collections.abc import Iterable

from relax_core.ir.expr import Binding, BindingBlock, Call, DataflowBlock, Expr, Function, If, SeqExpr
from relax_core.passes.canonicalize_bindings import CanonicalizeBindings
from relax_core.passes.function_pass import FunctionPass
from relax_core.types.deduce import is_pure_call
from relax_core.visit import Mutator, with_type
from tensor_core.passes import Pass, PassInfo, Sequential
from tensor_core.trampoline import Steps


def ConvertToDataflow(min_size: int = 2) -> Pass:
    """Make dataflow blocks of runs of at least ``min_size`` pure bindings; dataflow blocks that are there are kept,
    with the runs beside them. Then bindings are canonicalised.
    """
    convert = FunctionPass(
        PassInfo(0, "ConvertToDataflow"), lambda function, _, __: convert_to_dataflow(function, min_size)
    )
    return Sequential([convert, CanonicalizeBindings()])


def convert_to_dataflow(function: Function, min_size: int = 2) -> Function:
    """The function in normal form with dataflow blocks; their variables are still plain ones."""
    return _Extractor(min_size).run(function)


def is_dataflow_value(value: Expr) -> bool:
    """Whether a right-hand side may stand in a dataflow block."""
    return not isinstance(value, If) and not (isinstance(value, Call) and not is_pure_call(value))


class _Extractor(Mutator):
    def __init__(self, min_size: int) -> None:
        super().__init__()
        self._min_size = min_size

    def scope(self, body: Expr) -> Steps[Expr]:
        """Regroup the bindings of one body."""
        new = yield super().scope(body)
        if not isinstance(new, SeqExpr):
            return new
        blocks = tuple(_regrouped(new.blocks, self._min_size))
        same = len(blocks) == len(new.blocks) and all(
            type(a) is type(b) and a.bindings == b.bindings for a, b in zip(blocks, new.blocks, strict=True)
        )
        return new if same else with_type(new.replace(blocks=blocks), new)


def _regrouped(blocks: Iterable[BindingBlock], min_size: int) -> Iterable[BindingBlock]:
    plain: list[Binding] = []
    for run, keep in _runs(blocks):
        if keep or (keep is None and len(run) >= min_size):
            if plain:
                yield BindingBlock(tuple(plain))
                plain = []
            yield DataflowBlock(tuple(run))
        else:
            plain.extend(run)
    if plain:
        yield BindingBlock(tuple(plain))


def _runs(blocks: Iterable[BindingBlock]) -> Iterable[tuple[list[Binding], bool | None]]:
    """Runs of bindings, each with whether it is a dataflow block: yes (one is in it), no, or if it is long enough."""
    run: list[Binding] = []
    keep: bool | None = None
    for block in blocks:
        if isinstance(block, DataflowBlock):
            run.extend(block.bindings)
            keep = True
            continue
        for binding in block.bindings:
            if is_dataflow_value(binding.value):
                run.append(binding)
                continue
            yield run, keep if run else False
            run, keep = [], None
            yield [binding], False
    yield run, keep if run else False
