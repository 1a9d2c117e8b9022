"""Stand-ins for names of Relay's that nothing in the target corresponds to: the file imports, and what needs one of
them raises an error that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import libcst as cst

from migrate.codemods.edits import put, take_out
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit

NAME = "not_ported"
HELPER = f'''class NotPorted(NotImplementedError):
    """Raised where the code needs something of Relay's that has no counterpart."""


def {NAME}(name, rule):
    """Stands for a name of Relay's: whoever calls it, or asks for an attribute of it, gets NotPorted."""

    def fail(*_, **__):
        raise NotPorted(f"{{name}} was not ported: see {{rule}} in docs/howto/port_by_hand.md of relay2relax")

    kind = type("NotPortedName", (type,), {{"__call__": fail, "__getattr__": fail}})
    return kind(name.rpartition(".")[2], (), {{}})
'''


def stand_ins(file: SourceFile, uses: Mapping[Use, str]) -> list[Edit]:
    """The edits that put stand-ins where names are used, with the rule that left each. A decorator goes: what it
    decorates stays; a call whose result nobody takes while the file is imported becomes the stand-in alone.
    """
    return [_edit(file, use, rule) for use, rule in uses.items()]


def _edit(file: SourceFile, use: Use, rule: str) -> Edit:
    node: cst.CSTNode = use.node
    outer = use.call or use.node
    if isinstance(file.parent(outer), cst.Decorator):
        decorator = file.parent(outer)
        assert decorator is not None
        return Edit(rule, decorator, take_out, claims=(use.node,))
    alone = use.call is not None and isinstance(file.parent(use.call), cst.Expr)
    if use.call is not None and alone and file.around(use.call, cst.FunctionDef, cst.Lambda) is None:
        node = use.call
    text = ", ".join(f'"{item}"' for item in (use.name, rule))
    return Edit(rule, node, put(cst.parse_expression(f"{NAME}({text})")), claims=(use.node,), helpers=(HELPER,))


def with_definitions(module: cst.Module, texts: Iterable[str]) -> cst.Module:
    """The module with definitions after the docstring and the imports that it begins with; what it defines, stays."""
    body = list(module.body)
    names = {item.name.value for item in body if isinstance(item, (cst.ClassDef, cst.FunctionDef))}
    wanted = [text for text in dict.fromkeys(texts) if not names & set(_defined(text))]
    return module.with_changes(body=_inserted(body, "\n\n".join(wanted))) if wanted else module


def _defined(text: str) -> list[str]:
    body = cst.parse_module(text).body
    return [item.name.value for item in body if isinstance(item, (cst.ClassDef, cst.FunctionDef))]


def _inserted(body: Sequence[cst.BaseStatement], text: str) -> list[cst.BaseStatement]:
    """The statements of a module with definitions after the docstring and the imports that they begin with."""
    at = 0
    while at < len(body) and _begins(body[at]):
        at += 1
    blank = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
    new = list(cst.parse_module(text).body)
    if at:
        new[0] = new[0].with_changes(leading_lines=blank)
    rest = list(body[at:])
    if rest:
        lines = list(getattr(rest[0], "leading_lines", ()))
        missing = max(0, 2 - sum(line.comment is None for line in lines))
        rest[0] = rest[0].with_changes(leading_lines=[*blank[:missing], *lines])
    return [*body[:at], *new, *rest]


def _begins(statement: cst.BaseStatement) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    return all(
        isinstance(item, (cst.Import, cst.ImportFrom))
        or (isinstance(item, cst.Expr) and isinstance(item.value, (cst.SimpleString, cst.ConcatenatedString)))
        for item in statement.body
    )
