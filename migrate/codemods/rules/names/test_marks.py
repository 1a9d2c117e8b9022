"""``tvm.testing.uses_gpu`` and ``requires_llvm``: the marks of pytest that they put."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.api import api
from migrate.codemods.edits import put
from migrate.codemods.imports import NameTaken, attribute, way_to
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit, Example, Planned, Refused, Rule
from migrate.codemods.target import Target

_GPU = "tvm.testing.uses_gpu"
_LLVM = "tvm.testing.requires_llvm"


class TestMarks(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.names.test_marks"
    title: ClassVar[str] = "tvm.testing.uses_gpu becomes pytest.mark.gpu, requires_llvm a skipif"
    explanation: ClassVar[str] = (
        "A test that may use a GPU runs with and without one: the decorator only put the mark by which pytest -m gpu"
        " finds it. A test that needs LLVM is skipped without. Both are gone since TVM 0.25, and TVM's own tests put"
        " marks themselves."
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
        Refused("import tvm.testing\n\npytestmark = tvm.testing.uses_gpu()\n", "a list of marks"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "uses_gpu" in text or "requires_llvm" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        there = api(target.release)
        for old in (_GPU, _LLVM):
            if there.known(old) is None:
                for use in file.uses_of((old, f"{old}.marks")):
                    yield self._marked(file, use, old)

    def _marked(self, file: SourceFile, use: Use, old: str) -> Planned:
        node = use.node if use.call is None else use.call
        around = file.parent(node)
        listed = isinstance(around, cst.StarredElement)
        if use.call is not None and not isinstance(around, cst.Decorator) and not listed:
            return self.refuse(file, node, "called, it gives a list of marks", "write a list of pytest's marks")
        way = way_to(file, use, "pytest")
        if isinstance(way, NameTaken):
            return self.refuse(file, node, way.reason, way.hint)
        mark: cst.BaseExpression = attribute(way.expression, "mark", "gpu")
        imports = way.imports
        if old == _LLVM:
            tvm = way_to(file, use, "tvm")
            if isinstance(tvm, NameTaken):
                return self.refuse(file, node, tvm.reason, tvm.hint)
            code = cst.Module([]).code_for_node
            text = (
                f'{code(way.expression)}.mark.skipif(not {code(tvm.expression)}.runtime.enabled("llvm"), reason="llvm")'
            )
            mark, imports = cst.parse_expression(text), (*imports, *tvm.imports)
        if not listed or around is None:
            return Edit(self.id, node, put(mark), imports, claims=(use.node,))
        return Edit(self.id, around, lambda star: _element(star, mark), imports, claims=(use.node, node))


def _element(star: cst.CSTNode, mark: cst.BaseExpression) -> cst.CSTNode:
    assert isinstance(star, cst.StarredElement)
    return cst.Element(mark, comma=star.comma)


RULE = TestMarks()
