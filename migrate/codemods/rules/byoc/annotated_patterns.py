"""``-> relay.Pattern`` beside pattern functions: what such functions give is a DFPattern."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.dataflow import NEW_MODULE, patterns_of
from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Example, Move, Planned, Rule
from migrate.codemods.target import Target

_OLD = "tvm.relay.Pattern"


class AnnotatedPatterns(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.byoc.annotated_patterns"
    title: ClassVar[str] = "-> relay.Pattern of a function that makes dataflow patterns becomes DFPattern"
    explanation: ClassVar[str] = (
        "relay.Pattern is a pattern of match expressions; TVM's own pattern tables say it of functions that give"
        " dataflow patterns. Annotations of a file with dataflow patterns and without match expressions get the class"
        " that is meant."
    )
    facts: ClassVar[str] = "tvm.relay.op.contrib.cublas and cudnn in TVM 0.18; tvm.relax.dpl.DFPattern"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from typing import List

from tvm import relay
from tvm.relax.dpl import is_op, wildcard


def relu() -> relay.Pattern:
    return is_op("relax.nn.relu")(wildcard())


def both() -> List[relay.Pattern]:
    return [relu(), relu()]
""",
            """from typing import List

from tvm import relax
from tvm.relax.dpl import is_op, wildcard


def relu() -> relax.dpl.DFPattern:
    return is_op("relax.nn.relu")(wildcard())


def both() -> List[relax.dpl.DFPattern]:
    return [relu(), relu()]
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\n\ndef f(pattern: relax.dpl.DFPattern):\n    return pattern\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "Pattern" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        if not patterns_of(file).any or "tvm.relay.Match" in file.uses:
            return
        for use in file.uses_of((_OLD,)):
            if file.around(use.node, cst.Annotation) is not None:
                yield Move(self.id, use, f"{NEW_MODULE}.DFPattern")


RULE = AnnotatedPatterns()
