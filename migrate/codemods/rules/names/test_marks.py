"""``tvm.testing.uses_gpu``: the mark of pytest that it puts."""

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

_OLD = "tvm.testing.uses_gpu"


class TestMarks(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.names.test_marks"
    title: ClassVar[str] = "tvm.testing.uses_gpu becomes pytest.mark.gpu"
    explanation: ClassVar[str] = (
        "A test that may use a GPU runs with and without one: the decorator only put the mark by which pytest -m gpu"
        " finds it. It is gone since TVM 0.25, and TVM's own tests put the mark themselves."
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
    )
    valid: ClassVar[tuple[str, ...]] = ("import pytest\n\n\n@pytest.mark.gpu\ndef test_add():\n    pass\n",)
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused("import tvm.testing\n\npytestmark = tvm.testing.uses_gpu()\n", "a list of marks"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "uses_gpu" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if api(target.release).known(_OLD) is None:
            for use in file.uses_of((_OLD,)):
                yield self._marked(file, use)

    def _marked(self, file: SourceFile, use: Use) -> Planned:
        node = use.node if use.call is None else use.call
        if use.call is not None and not isinstance(file.parent(use.call), cst.Decorator):
            return self.refuse(file, node, "called, it gives a list of marks", "write [pytest.mark.gpu]")
        way = way_to(file, use, "pytest")
        if isinstance(way, NameTaken):
            return self.refuse(file, node, way.reason, way.hint)
        return Edit(self.id, node, put(attribute(way.expression, "mark", "gpu")), way.imports, claims=(use.node,))


RULE = TestMarks()
