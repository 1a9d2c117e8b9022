"""Targets that are written as command lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from migrate.codemods.names import SourceFile
from migrate.codemods.rule import Edit, Example, Move, Planned, Refused, Rule
from migrate.codemods.target import Target

_CREATE = "tvm.target.create"
_NAMES = ("tvm.target.Target", _CREATE, "tvm.target.target.Target")
_LISTS = ("mattr", "keys", "libs")


class Targets(Rule):
    """See the module text."""

    id: ClassVar[str] = "relay.build.targets"
    title: ClassVar[str] = 'Target("llvm -mcpu=x") becomes Target({"kind": "llvm", "mcpu": "x"})'
    explanation: ClassVar[str] = (
        "Since TVM 0.25 a target is a kind alone, a name of a known target, or a dictionary; options in the form of a"
        " command line are refused. Numbers are written as such, mattr, keys and libs as lists, options without value"
        " as True. target.create, Target's older name, is gone."
    )
    facts: ClassVar[str] = "tvm.target.Target of TVM 0.19, 0.21, 0.25 and 0.27"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """import tvm

target = tvm.target.Target("llvm -mcpu=core-avx2 -num-cores=4 -mattr=+a,+b", host="llvm")
""",
            """import tvm

target = tvm.target.Target({"kind": "llvm", "mcpu": "core-avx2", "num-cores": 4, "mattr": ["+a", "+b"]}, host="llvm")
""",
        ),
        Example(
            """import tvm

target = tvm.target.create("cuda -arch=sm_80")
""",
            """import tvm

target = tvm.target.Target({"kind": "cuda", "arch": "sm_80"})
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        'import tvm\n\ntarget = tvm.target.Target("llvm")\n',
        'import tvm\n\ntarget = tvm.target.Target(text + " -mcpu=x")\n',
    )
    refused: ClassVar[tuple[Refused, ...]] = (
        Refused('import tvm\n\ntarget = tvm.target.Target("llvm mcpu")\n', "is no option"),
    )

    def concerns(self, text: str) -> bool:
        """See :meth:`Rule.concerns`."""
        return "arget" in text

    def plan(self, file: SourceFile, target: Target) -> Iterator[Planned]:
        """See :meth:`Rule.plan`."""
        if not target.since("0.24"):
            return
        for use in file.uses_of((_CREATE,)):
            yield Move(self.id, use, "tvm.target.Target")
        for use in file.uses_of(_NAMES):
            text = use.call.args[0].value if use.call and use.call.args else None
            value = text.evaluated_value if isinstance(text, cst.SimpleString) else None
            if text is None or not isinstance(value, str) or " " not in value.strip():
                continue
            kind, *options = value.split()
            odd = [option for option in options if not option.startswith("-")]
            if odd:
                yield self.refuse(file, text, f"{odd[0]} is no option of a target")
            else:
                new = cst.parse_expression(_as_dict(kind, options))
                yield Edit(self.id, text, lambda _, new=new: new)


def _as_dict(kind: str, options: list[str]) -> str:
    parts = [f'"kind": "{kind}"']
    for option in options:
        name, given, value = option.lstrip("-").partition("=")
        parts.append(f'"{name}": {_value(name, value) if given else "True"}')
    return "{" + ", ".join(parts) + "}"


def _value(name: str, value: str) -> str:
    if name in _LISTS:
        return "[" + ", ".join(f'"{item}"' for item in value.split(",")) + "]"
    return value if value.isdigit() else f'"{value}"'


RULE = Targets()
