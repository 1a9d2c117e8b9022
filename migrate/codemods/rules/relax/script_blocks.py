"""Blocks of TVMScript, which are sblocks of a schedulable function since TVM 0.24."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.target import Target

_OLD = "tvm.script.tir"
_WORDS = {"block": "sblock", "block_attr": "sblock_attr"}
_SINCE, _MARKED_SINCE = "0.24", "0.25"


class ScriptBlocks(Rule):
    """See the module text."""

    id: ClassVar[str] = "relax.script.blocks"
    title: ClassVar[str] = "T.block becomes T.sblock, and the function around it T.prim_func(s_tir=True)"
    explanation: ClassVar[str] = (
        "TVM 0.24 calls the blocks that schedules work on T.sblock, their attributes T.sblock_attr, and buffers that"
        " they own T.sblock_alloc_buffer. Since 0.25 a function with such blocks says s_tir=True."
    )
    facts: ClassVar[str] = "tvm.script of TVM 0.21, 0.25, 0.26 and 0.27"
    source: ClassVar[str] = "relax"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.script import tir as T


@T.prim_func
def copy(a: T.handle, b: T.handle):
    A = T.match_buffer(a, (4,))
    B = T.match_buffer(b, (4,))
    C = T.alloc_buffer((4,))
    for i in range(4):
        with T.block("c"):
            v = T.axis.spatial(4, i)
            C[v] = A[v]
    for i in range(4):
        with T.block("b"):
            v = T.axis.spatial(4, i)
            B[v] = C[v]
""",
            """from tvm.script import tir as T


@T.prim_func(s_tir=True)
def copy(a: T.handle, b: T.handle):
    A = T.match_buffer(a, (4,))
    B = T.match_buffer(b, (4,))
    C = T.sblock_alloc_buffer((4,))
    for i in range(4):
        with T.sblock("c"):
            v = T.axis.spatial(4, i)
            C[v] = A[v]
    for i in range(4):
        with T.sblock("b"):
            v = T.axis.spatial(4, i)
            B[v] = C[v]
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm.script import tirx as T\n\n\n@T.prim_func\ndef f(a: T.int32):\n    T.evaluate(a)\n",
        "import T\n\nwith T.block():\n    pass  # tvm.script.tir\n",
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "block" in text and "script" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if not target.since(_SINCE):
            return
        around: set[cst.CSTNode] = set()
        for old, new in _WORDS.items():
            for use in file.uses_of([f"{_OLD}.{old}"]):
                yield from self._renamed(use.node, new)
                if (function := file.around(use.node, cst.FunctionDef)) is not None:
                    around.add(function)
        for use in file.uses_of([f"{_OLD}.alloc_buffer"]):
            if file.around(use.node, cst.FunctionDef) in around:
                yield from self._renamed(use.node, "sblock_alloc_buffer")
        if target.since(_MARKED_SINCE):
            for function in file.functions:
                if function in around:
                    yield from self._marked(file, function)

    def _renamed(self, node: cst.Name | cst.Attribute, name: str) -> Iterator[Edit]:
        """The word alone: what module it is taken from is for the rule about homes to say."""
        if isinstance(node, cst.Attribute):
            yield Edit(self.id, node.attr, lambda node: node.with_changes(value=name))

    def _marked(self, file: SourceFile, function: cst.FunctionDef) -> Iterator[Edit]:
        for item in function.decorators:
            call = item.decorator if isinstance(item.decorator, cst.Call) else None
            if file.name_of(call.func if call else item.decorator) == f"{_OLD}.prim_func":
                given = call.args if call else ()
                if not any(arg.keyword is not None and arg.keyword.value == "s_tir" for arg in given):
                    yield Edit(self.id, item, lambda node: with_keyword(node, "s_tir", "True"))


def with_keyword(node: cst.CSTNode, name: str, value: str) -> cst.Decorator:
    """A decorator that says one keyword more."""
    assert isinstance(node, cst.Decorator)
    call = node.decorator if isinstance(node.decorator, cst.Call) else cst.Call(node.decorator)
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    new = cst.Arg(cst.parse_expression(value), cst.Name(name), equal=tight)
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    old = [arg.with_changes(comma=comma) if arg is call.args[-1] else arg for arg in call.args]
    return node.with_changes(decorator=call.with_changes(args=[*old, new]))


RULE = ScriptBlocks()
