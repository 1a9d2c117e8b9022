"""Pipelines: passes that nothing needs any more, and the four that partition a module for an external compiler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import libcst as cst

from migrate.codemods.edits import take_out, without
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Move, Planned, Refused, Rule
from migrate.codemods.target import Target

_OLD, _NEW = "tvm.relay.transform", "tvm.relax.transform"
_FORMS = (
    "InferType",
    "ToANormalForm",
    "ToBasicBlockNormalForm",
    "ToGraphNormalForm",
    "CanonicalizeOps",
    "DynamicToStatic",
)
_MERGE, _ANNOTATE, _REGIONS, _PARTITION = "MergeComposite", "AnnotateTarget", "MergeCompilerRegions", "PartitionGraph"
_BYOC = (_MERGE, _ANNOTATE, _REGIONS, _PARTITION)
_BY_PATTERN = "the operators that had an attribute target.NAME need a pattern each: register_patterns tells them"


class Pipelines(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.passes.pipelines"
    title: ClassVar[str] = "Pipelines lose what Relax has by construction, and partition by patterns"
    explanation: ClassVar[str] = (
        "Relax modules are typed and in A-normal form from the start: InferType and passes to normal forms go out of"
        " lists of passes and of calls on a module; elsewhere Normalize stands for them. MergeComposite becomes"
        " FuseOpsByPattern, MergeCompilerRegions becomes MergeCompositeFunctions, AnnotateTarget and PartitionGraph go:"
        " the name of a pattern says for which compiler it is. Without MergeCompilerRegions, every match becomes a"
        " function of its own (annotate_codegen). FuseOpsByPattern matches inside dataflow blocks."
    )
    facts: ClassVar[str] = (
        "relay.transform in TVM 0.19; relax.transform in TVM 0.21 and 0.27; migrate/passes/ledger.json"
    )
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm
from tvm import relay


def partition(mod, table):
    mod = relay.transform.InferType()(mod)
    seq = tvm.transform.Sequential(
        [
            relay.transform.InferType(),
            relay.transform.MergeComposite(table),
            relay.transform.AnnotateTarget("npu"),  # by attribute
            relay.transform.MergeCompilerRegions(),
            relay.transform.PartitionGraph(),
        ]
    )
    return seq(mod)
""",
            """import tvm
from tvm import relax


def partition(mod, table):
    seq = tvm.transform.Sequential(
        [
            relax.transform.FuseOpsByPattern(table),
            # by attribute
            relax.transform.MergeCompositeFunctions(),
        ]
    )
    return seq(mod)
""",
        ),
        Example(
            "from tvm import relay, transform\n\nseq = transform.Sequential([relay.transform.InferType(), Mine()])\n",
            "from tvm import transform\n\nseq = transform.Sequential([Mine()])\n",
        ),
        Example(
            """from tvm.relay.transform import InferType, MergeComposite, AnnotateTarget, PartitionGraph


def run(mod, table):
    mod = MergeComposite(table)(InferType()(mod))
    mod = AnnotateTarget(["npu"])(mod)
    return PartitionGraph()(mod), InferType
""",
            """from tvm.relax.transform import FuseOpsByPattern, Normalize


def run(mod, table):
    mod = FuseOpsByPattern(table, annotate_codegen=True)(mod)
    return mod, Normalize
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from mine.transform import InferType\n\nmod = InferType()(mod)\n",
        "from tvm import relax\n\nmod = relax.transform.Normalize()(mod)\n",
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("from tvm import relay\n\np = relay.transform.AnnotateTarget\n", "names of the patterns"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(name in text for name in (*_FORMS, *_BYOC))

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        groups: dict[cst.CSTNode | None, list[tuple[str, Use]]] = {}
        for name in (*_FORMS, *_BYOC):
            for use in file.uses_of((f"{_OLD}.{name}",)):
                groups.setdefault(file.around(use.node, cst.FunctionDef), []).append((name, use))
        lists: dict[cst.List | cst.Tuple, list[tuple[int, Use]]] = {}
        for group in groups.values():
            names = {name for name, _ in group}
            for name, use in group:
                if name in (_MERGE, _REGIONS) or (name == _PARTITION and not names & {_MERGE, _ANNOTATE, _REGIONS}):
                    yield from self._renamed(name, use, names)
                elif name == _ANNOTATE and _MERGE not in names and use.call is not None:
                    yield self._by_registry(file, use, names)
                else:
                    yield from self._dropped(file, name, use, lists)
        for node, found in lists.items():
            places = [index for index, _ in found]
            if len(places) == len(node.elements) and all(use.name.rpartition(".")[2] in _FORMS for _, use in found):
                # A pipeline of nothing would do, but the next reader would wonder.
                for _, use in found:
                    yield Move(self.id, use, f"{_NEW}.Normalize")
                continue
            claims = tuple(use.node for _, use in found)
            yield Edit(self.id, node, lambda node, places=places: _taken_out(node, places), claims=claims)

    def _renamed(self, name: str, use: Use, names: set[str]) -> Iterator[Planned]:
        if name != _MERGE or _REGIONS in names or use.call is None or not names & {_ANNOTATE, _PARTITION}:
            yield Move(self.id, use, f"{_NEW}.{'FuseOpsByPattern' if name == _MERGE else 'MergeCompositeFunctions'}")
            return
        yield Move(self.id, use, f"{_NEW}.FuseOpsByPattern")
        if use.call.args and not any(arg.star for arg in use.call.args):
            last = use.call.args[-1]
            yield Edit(self.id, last, _annotating)

    def _by_registry(self, file: SourceFile, use: Use, names: set[str]) -> Planned:
        call = use.call
        assert call is not None
        ways = [way_to(file, use, _NEW), way_to(file, use, "tvm.relax.backend")]
        for way in ways:
            if isinstance(way, NameTaken):
                return self.refuse(file, call, way.reason, way.hint)
        fuse, backend = (way.expression for way in ways if not isinstance(way, NameTaken))
        imports = tuple(item for way in ways if not isinstance(way, NameTaken) for item in way.imports)

        def rewrite(node: cst.CSTNode) -> cst.CSTNode:
            assert isinstance(node, cst.Call)
            kept = [arg for arg in node.args if arg.keyword is None or arg.keyword.value == "targets"][:1]
            plain = [arg.with_changes(keyword=None, equal=cst.MaybeSentinel.DEFAULT, comma=_NONE) for arg in kept]
            table = cst.Call(attribute(backend, "get_patterns_with_prefix"), plain)
            args = [cst.Arg(table)]
            if _REGIONS not in names:
                args.append(_keyword("annotate_codegen"))
            return node.with_changes(func=attribute(fuse, "FuseOpsByPattern"), args=args)

        return Edit(self.id, call, rewrite, imports, note=_BY_PATTERN)

    def _dropped(
        self, file: SourceFile, name: str, use: Use, lists: dict[cst.List | cst.Tuple, list[tuple[int, Use]]]
    ) -> Iterator[Planned]:
        call = use.call
        parent = file.parent(call) if call is not None else None
        if isinstance(parent, cst.Element):
            around = file.parent(parent)
            if isinstance(around, (cst.List, cst.Tuple)) and not (isinstance(around, cst.Tuple) and not around.lpar):
                lists.setdefault(around, []).append((list(around.elements).index(parent), use))
                return
        if isinstance(parent, cst.Call) and parent.func is call and len(parent.args) == 1:
            line = file.statement(parent)
            if line is not None and _assigns_itself(line, parent) and _may_go(file, line):
                yield Edit(self.id, line, take_out, claims=(use.node,))
            else:
                yield Edit(self.id, parent, _applied, claims=(use.node,))
        elif name in _FORMS:
            yield Move(self.id, use, f"{_NEW}.Normalize")
        else:
            reason = f"{name} is no pass of its own in Relax: the names of the patterns say for which compiler they are"
            yield self.refuse(file, use.node, reason, "use FuseOpsByPattern and MergeCompositeFunctions")


_NONE = cst.MaybeSentinel.DEFAULT


def _keyword(name: str) -> cst.Arg:
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(cst.Name("True"), cst.Name(name), equal=equal)


def _annotating(node: cst.CSTNode) -> cst.FlattenSentinel[cst.Arg]:
    assert isinstance(node, cst.Arg)
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    last = _keyword("annotate_codegen").with_changes(comma=node.comma, whitespace_after_arg=node.whitespace_after_arg)
    return cst.FlattenSentinel([node.with_changes(comma=comma, whitespace_after_arg=cst.SimpleWhitespace("")), last])


def _taken_out(node: cst.CSTNode, places: Sequence[int]) -> cst.CSTNode:
    assert isinstance(node, (cst.List, cst.Tuple))
    return without(node, places)


def _applied(node: cst.CSTNode) -> cst.CSTNode:
    """``Pass()(mod)``: mod."""
    assert isinstance(node, cst.Call)
    value = node.args[0].value
    if isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)) or value.lpar:
        return value.with_changes(lpar=node.lpar, rpar=node.rpar) if node.lpar else value
    return value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _assigns_itself(line: cst.CSTNode | None, call: cst.Call) -> bool:
    """Whether a line is ``x = Pass()(x)``."""
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
        return False
    statement = line.body[0]
    if not isinstance(statement, cst.Assign) or statement.value is not call or len(statement.targets) != 1:
        return False
    return statement.targets[0].target.deep_equals(call.args[0].value)


def _may_go(file: SourceFile, line: cst.CSTNode | None) -> bool:
    block = file.parent(line) if line is not None else None
    if not isinstance(line, cst.SimpleStatementLine) or not isinstance(block, (cst.IndentedBlock, cst.Module)):
        return False
    comments = any(item.comment is not None for item in line.leading_lines) or line.trailing_whitespace.comment
    alone = sum(not _only_passes(statement) for statement in block.body) == 0
    return not comments and not alone


def _only_passes(statement: cst.CSTNode) -> bool:
    """Whether a statement may be ``x = y(z)(x)``, so that it may go, too."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    assign = statement.body[0]
    call = assign.value if isinstance(assign, cst.Assign) else None
    return isinstance(call, cst.Call) and isinstance(call.func, cst.Call) and _assigns_itself(statement, call)


RULE = Pipelines()
