"""``tvm.testing.uses_gpu``, ``requires_llvm``, ``requires_cuda``: the marks of pytest that they put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import libcst as cst

from migrate.codemods.api import api
from migrate.codemods.imports import Import, NameTaken, way_to
from migrate.codemods.names import SourceFile, Use, dotted
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_MARKS = {
    "tvm.testing.uses_gpu": ("{pytest}.mark.gpu",),
    "tvm.testing.requires_llvm": ('{pytest}.mark.skipif(not {tvm}.runtime.enabled("llvm"), reason="llvm")',),
    "tvm.testing.requires_cuda": (
        "{pytest}.mark.gpu",
        '{pytest}.mark.skipif(not {tvm}.cuda().exist, reason="cuda")',
    ),
}
"""By name, the marks it puts."""


class TestMarks(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.names.test_marks"
    title: ClassVar[str] = "tvm.testing.uses_gpu becomes pytest.mark.gpu, requires_llvm and requires_cuda a skipif"
    explanation: ClassVar[str] = (
        "A test that may use a GPU runs with and without one: the decorator only put the mark by which pytest -m gpu"
        " finds it. A test that needs LLVM, or CUDA, is skipped without. They are gone since TVM 0.25, and TVM's own"
        " tests put marks themselves."
    )
    facts: ClassVar[str] = "Feature.marks of tvm.testing in TVM 0.19 and 0.21 (run); tvm.testing of TVM 0.25 and 0.27"
    source: ClassVar[str] = "relax"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm.testing


@tvm.testing.uses_gpu
def test_add():
    pass
""",
            """import tvm.testing
import pytest


@pytest.mark.gpu
def test_add():
    pass
""",
        ),
        Example(
            """import pytest
from tvm.testing import uses_gpu


@uses_gpu()
def test_add():
    pass
""",
            """import pytest


@pytest.mark.gpu
def test_add():
    pass
""",
        ),
        Example(
            """import pytest
import tvm


@tvm.testing.requires_cuda
def test_add():
    return [gpu, *tvm.testing.requires_cuda()]
""",
            """import pytest
import tvm


@pytest.mark.gpu
@pytest.mark.skipif(not tvm.cuda().exist, reason="cuda")
def test_add():
    return [gpu, pytest.mark.gpu, pytest.mark.skipif(not tvm.cuda().exist, reason="cuda")]
""",
        ),
        Example(
            """import pytest
import tvm

params = [pytest.param(1, marks=[gpu, *tvm.testing.requires_llvm.marks()])]
""",
            """import pytest
import tvm

params = [pytest.param(1, marks=[gpu, pytest.mark.skipif(not tvm.runtime.enabled("llvm"), reason="llvm")])]
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("import pytest\n\n\n@pytest.mark.gpu\ndef test_add():\n    pass\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("import tvm.testing\n\npytestmark = tvm.testing.uses_gpu()\n", "a list of marks here"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(old.rpartition(".")[2] in text for old in _MARKS)

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        there = api(target.release)
        for old, marks in _MARKS.items():
            if there.known(old) is None:
                for use in file.uses_of((old, f"{old}.marks")):
                    yield self._marked(file, use, marks)

    def _marked(self, file: SourceFile, use: Use, marks: tuple[str, ...]) -> Planned:
        node = use.node if use.call is None else use.call
        around = file.parent(node)
        if not isinstance(around, (cst.Decorator, cst.StarredElement)):
            return self.refuse(file, node, "it is a list of marks here", "write a list of pytest's marks")
        ways = {name: way_to(file, use, name) for name in ("pytest", "tvm")}
        words: dict[str, str] = {}
        imports: list[Import] = []
        for name, way in ways.items():
            if not any(f"{{{name}}}" in mark for mark in marks):
                continue
            if isinstance(way, NameTaken):
                return self.refuse(file, node, way.reason, way.hint)
            words[name] = dotted(way.expression)
            imports += way.imports
        new = [cst.parse_expression(mark.format_map(words)) for mark in marks]
        return Edit(self.id, around, lambda node: _instead(node, new), tuple(imports), claims=(use.node, node))


def _instead(node: cst.CSTNode, marks: Sequence[cst.BaseExpression]) -> cst.FlattenSentinel[cst.CSTNode]:
    """Decorators, or elements of a list, in the place of one."""
    if isinstance(node, cst.Decorator):
        return cst.FlattenSentinel([node.with_changes(decorator=mark) for mark in marks])
    assert isinstance(node, cst.StarredElement)
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    *first, last = marks
    return cst.FlattenSentinel([*(cst.Element(mark, comma) for mark in first), cst.Element(last, node.comma)])


RULE = TestMarks()
