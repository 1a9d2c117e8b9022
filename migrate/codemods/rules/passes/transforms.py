"""Passes of ``relay.transform`` that Relax has under the same or another name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import libcst as cst

from migrate.codemods.arguments import bind
from migrate.codemods.edits import drop_arguments, put
from migrate.codemods.imports import NameTaken, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.op_names import op_name
from migrate.codemods.rule import Edit, Example, Move, Planned, Refused, Rule
from migrate.codemods.target import Target
from migrate.passes.ledger import ledger

_OLD, _NEW = "tvm.relay.transform", "tvm.relax.transform"


@dataclass(frozen=True, slots=True)
class _Pass:
    """The pass of Relax: ``kept`` are parameters it takes under the same name; the others go. ``lost``: what to say
    where one of them is given. ``given``: what a call without arguments is given.
    """

    name: str
    parameters: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    note: str = ""
    lost: str = ""
    since: str = ""
    given: str = ""


_PASSES: Mapping[str, _Pass] = {
    "FoldConstant": _Pass("FoldConstant", ("fold_qnn",)),
    "DeadCodeElimination": _Pass(
        "DeadCodeElimination", ("inline_once", "ignore_impurity"), lost="{} has no counterpart"
    ),
    "EliminateCommonSubexpr": _Pass("EliminateCommonSubexpr", ("fskip",), lost="calls can not be skipped in Relax"),
    "FuseOps": _Pass(
        "FuseOps",
        ("fuse_opt_level",),
        ("fuse_opt_level",),
        "it fuses calls of tensor programs: LegalizeOps and AnnotateTIROpPattern come before it, FuseTIR after it",
    ),
    "LambdaLift": _Pass("LambdaLift"),
    "Inline": _Pass("InlinePrivateFunctions"),
    "RemoveUnusedFunctions": _Pass("DeadCodeElimination", ("entry_functions",), ("entry_functions",)),
    "FastMath": _Pass("FastMathTransform"),
    "SimplifyInference": _Pass("DecomposeOpsForInference"),
    "CombineParallelDense": _Pass(
        "CombineParallelMatmul", ("min_num_branches", "to_batch"), lost="a check can be given"
    ),
    "CombineParallelBatchMatmul": _Pass("CombineParallelMatmul", ("min_num_branches",), lost="a check can be given"),
    "ToMixedPrecision": _Pass(
        "ToMixedPrecision",
        ("mixed_precision_type", "missing_op_mode"),
        lost="Relax computes in float16 always; out_dtype is the type that products are summed in",
    ),
    "ConvertLayout": _Pass("ConvertLayout", ("desired_layouts",), ("desired_layouts",)),
    "Legalize": _Pass(
        "LegalizeOps",
        ("legalize_map_attr_name",),
        note="it makes tensor programs of operators; a rewriting of operators is a pattern with rewrite_call",
    ),
    "SimplifyExpr": _Pass(
        "CanonicalizeBindings",
        note="Relax simplifies bindings, RemoveRedundantReshape reshapes; other rules of SimplifyExpr are patterns",
    ),
    "DefuseOps": _Pass("InlinePrivateFunctions", note="it puts fused functions back where they are private"),
    "FirstOrderGradient": _Pass(
        "Gradient", note="of the function main here; it adds main_adjoint to the module", given='"main"'
    ),
    "FoldScaleAxis": _Pass("FoldBatchnormToConv2D", note="only a batch_norm after a conv2d is folded", since="0.27"),
    "BackwardFoldScaleAxis": _Pass(
        "FoldBatchnormToConv2D", note="only a batch_norm after a conv2d is folded", since="0.27"
    ),
    "FunctionPass": _Pass("FunctionPass"),
}


class Transforms(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.passes.transforms"
    title: ClassVar[str] = "Passes of relay.transform become those of relax.transform"
    explanation: ClassVar[str] = (
        "The ledger of passes says what each Relay pass is in Relax. Passes with a counterpart are renamed, and"
        " parameters that it does not have go; where it does something else beside, a note says so. Passes without one"
        " are left with the reason of the ledger."
    )
    facts: ClassVar[str] = "migrate/passes/ledger.json; signatures in TVM 0.19, 0.21 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay

passes = [
    relay.transform.FoldConstant(fold_qnn=True),
    relay.transform.SimplifyInference(),
    relay.transform.ConvertLayout({"nn.conv2d": ["NHWC", "OHWI"]}),
]
""",
            """from tvm import relax

passes = [
    relax.transform.FoldConstant(),
    relax.transform.DecomposeOpsForInference(),
    relax.transform.ConvertLayout({"relax.nn.conv2d": ["NHWC", "OHWI"]}),
]
""",
        ),
        Example(
            "from tvm import relay\n\np = relay.transform.FirstOrderGradient()\n",
            'from tvm import relax\n\np = relax.transform.Gradient("main")\n',
        ),
        Example(
            "from tvm.relay.transform import RemoveUnusedFunctions as Clean\n\np = Clean(entry_functions=['main'])\n",
            "from tvm.relax.transform import DeadCodeElimination as Clean\n\np = Clean(entry_functions=['main'])\n",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from mine.transform import FoldConstant\n\np = FoldConstant(fold_qnn=True)\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\np = relay.transform.DenseToSparse('w', shape)\n", "sparse weights"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "transform" in text and "relay" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        for name, uses in file.uses.items():
            head, _, last = name.rpartition(".")
            if head != _OLD or last not in _rows():
                continue
            new = _PASSES.get(last)
            if new is None or (new.since and not target.since(new.since)):
                if last not in _ELSEWHERE:
                    for use in uses:
                        yield self.refuse(file, use.node, f"{last}: {_reason(last)}", _HINT)
                continue
            for use in uses:
                yield from self._moved(file, use, new, target)

    def _moved(self, file: SourceFile, use: Use, new: _Pass, target: Target) -> Iterator[Planned]:
        note, call = new.note, use.call
        if call is not None and not call.args and new.given:
            way = way_to(file, use, f"{_NEW}.{new.name}")
            if isinstance(way, NameTaken):
                yield self.refuse(file, call, way.reason, way.hint)
                return
            made = cst.Call(way.expression, [cst.Arg(cst.SimpleString(new.given))])
            yield Edit(self.id, call, put(made), way.imports, note)
            return
        if call is not None and call.args and new.parameters:
            bound = bind(call, new.parameters)
            if isinstance(bound, str):
                yield self.refuse(file, call, bound, "write the arguments out")
                return
            gone = [name for name in bound if name not in new.kept]
            said = new.lost.format(", ".join(gone)) if gone else ""
            note = ". ".join(filter(None, (note, said)))
            if gone:
                dropped = [arg for name, arg in bound.items() if name not in new.kept]
                for arg, rewrite in drop_arguments(call, dropped):
                    yield Edit(self.id, arg, rewrite)
            if "desired_layouts" in bound:
                yield from self._layouts(bound["desired_layouts"].value, target)
        yield Move(self.id, use, f"{_NEW}.{new.name}", note)

    def _layouts(self, node: cst.BaseExpression, target: Target) -> Iterator[Planned]:
        for element in node.elements if isinstance(node, cst.Dict) else ():
            key = element.key if isinstance(element, cst.DictElement) else None
            text = key.evaluated_value if isinstance(key, cst.SimpleString) else None
            new = op_name(text, target) if isinstance(text, str) else None
            if key is not None and new is not None and new.name:
                written = key.with_changes(value=f'"{new.name}"')
                yield Edit(self.id, key, put(written))


_ELSEWHERE = (
    "InferType",
    "ToANormalForm",
    "ToBasicBlockNormalForm",
    "ToGraphNormalForm",
    "CanonicalizeOps",
    "DynamicToStatic",
    "MergeComposite",
    "AnnotateTarget",
    "MergeCompilerRegions",
    "PartitionGraph",
    "function_pass",
    "InferTypeLocal",
    "build_config",
)
"""Passes that other rules deal with."""
_HINT = "docs/howto/move_a_pipeline.md tells how a Relay pass stays in a pipeline"


def _rows() -> frozenset[str]:
    return frozenset(ledger())


def _reason(name: str) -> str:
    row = ledger()[name]
    return row.reason or row.note or "TVM has no such pass in Relax"


RULE = Transforms()
