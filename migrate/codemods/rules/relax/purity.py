"""Relax functions with effects that do not say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Planned, Rule
from migrate.codemods.rules.relax.script_blocks import with_keyword
from migrate.codemods.target import Target

_FUNCTION = "tvm.script.relax.function"
_IMPURE = ("tvm.script.relax.call_packed", "tvm.script.relax.print", "tvm.script.relax.assert_op")
_SAID = ("pure", "check_well_formed")


class Purity(Rule):
    """See the module text."""

    id: ClassVar[str] = "relax.script.purity"
    title: ClassVar[str] = "@R.function around R.call_packed becomes @R.function(pure=False)"
    explanation: ClassVar[str] = (
        "A function of TVMScript is pure unless it says otherwise, and what calls packed functions is refused then."
        " Python from before purity was checked says nothing."
    )
    facts: ClassVar[str] = "tvm.relax.analysis.well_formed of TVM 0.19 and 0.27"
    source: ClassVar[str] = "relax"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm.script import relax as R


@R.function
def double(x: R.Tensor((2,), "float32")) -> R.Tensor:
    return R.call_packed("double", x, ty_args=R.Tensor(ndim=1))
""",
            """from tvm.script import relax as R


@R.function(pure=False)
def double(x: R.Tensor((2,), "float32")) -> R.Tensor:
    return R.call_packed("double", x, ty_args=R.Tensor(ndim=1))
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'from tvm.script import relax as R\n\n\n@R.function\ndef f(x: R.Tensor((2,), "float32")):\n    return x\n',
        "from tvm.script import relax as R\n\n\n@R.function(pure=False)\ndef f(x: R.Tensor):\n"
        '    return R.call_packed("f", x)\n',
        "from tvm.script import relax as R\n\n\n@R.function\ndef f(x: R.Tensor):\n"
        '    R.func_attr({"relax.force_pure": 1})\n    return R.call_packed("f", x)\n',
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return any(name.rpartition(".")[2] in text for name in _IMPURE) and "script" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        del target
        seen: set[cst.CSTNode] = set()
        for use in file.uses_of(_IMPURE):
            function = file.around(use.node, cst.FunctionDef)
            if not isinstance(function, cst.FunctionDef) or function in seen:
                continue
            seen.add(function)
            if any(
                "force_pure" in text.value and file.around(text, cst.FunctionDef) is function for text in file.strings
            ):
                continue
            for item in function.decorators:
                call = item.decorator if isinstance(item.decorator, cst.Call) else None
                given = {arg.keyword.value for arg in call.args if arg.keyword} if call else set[str]()
                named = file.name_of(call.func if call else item.decorator) == _FUNCTION
                if named and not (call and (call.args and not given)) and given.isdisjoint(_SAID):
                    yield Edit(self.id, item, lambda node: with_keyword(node, "pure", "False"))


RULE = Purity()
