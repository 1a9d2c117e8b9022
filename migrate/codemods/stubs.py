"""Stand-ins for names of Relay's that nothing in the target corresponds to: the file imports, and what needs one of
them raises an error that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import libcst as cst
from libcst import matchers as m

from migrate.codemods.edits import definitions, put, take_out
from migrate.codemods.names import SourceFile, Use
from migrate.codemods.rule import Edit

_Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement

NAME = "not_ported"
HELPER = f'''class NotPorted(NotImplementedError):
    """Raised where the code needs something of Relay's that has no counterpart."""


def {NAME}(name, rule, calls=0):
    """Stands for a name of Relay's: whoever calls it, or asks for an attribute of it, gets NotPorted; after the first
    ``calls``, which fill tables while the file is imported and give stand-ins again.
    """

    def fail(*_, **__):
        raise NotPorted(f"{{name}} was not ported: see {{rule}} in docs/howto/port_by_hand.md of relay2relax")

    def call(*_, **__):
        return {NAME}(name, rule, calls - 1) if calls else fail()

    kind = type("NotPortedName", (type,), {{"__call__": call, "__getattr__": fail}})
    # Said this way, it is of any type to type checkers.
    return type.__call__(kind, name.rpartition(".")[2], (), {{}})
'''


def stand_ins(file: SourceFile, uses: Mapping[Use, str], absent: Mapping[cst.CSTNode, tuple[str, str]]) -> list[Edit]:
    """The edits that put stand-ins where names are used, with the rule that left each, and for other nodes with the
    name that each is. A decorator goes: what it decorates stays; so does an annotation; a call whose result nobody
    takes while the file is imported becomes the stand-in alone; one that makes an entry of a table gives a stand-in, so
    that only who asks for that entry misses it.
    """
    edits = [_edit(file, use, rule) for use, rule in uses.items()]
    for node, (name, rule) in absent.items():
        edits.append(Edit(rule, node, put(stand_in(name, rule, quote=_quote(file, node))), helpers=(HELPER,)))
    return list({edit.node: edit for edit in edits}.values())


def _edit(file: SourceFile, use: Use, rule: str) -> Edit:
    annotation = file.around(use.node, cst.Annotation)
    if annotation is not None:
        return _without_annotation(file, annotation, rule)
    node: cst.CSTNode = use.node
    outer = use.call or use.node
    if isinstance(file.parent(outer), cst.Decorator):
        decorator = file.parent(outer)
        assert decorator is not None
        return Edit(rule, decorator, take_out, claims=(use.node,))
    alone = use.call is not None and isinstance(file.parent(use.call), cst.Expr)
    if use.call is not None and alone and file.around(use.call, cst.FunctionDef, cst.Lambda) is None:
        node = use.call
    name, owner = use.name, use.node.value if isinstance(use.node, cst.Attribute) else None
    if owner is not None and isinstance(file.parent(use.node), (cst.AssignTarget, cst.AugAssign, cst.AnnAssign)):
        # What is set is set at a stand-in of its module: a call cannot be assigned to.
        name, node = name.rpartition(".")[0], owner
    new = stand_in(name, rule, int(_fills_a_table(file, use)), _quote(file, node))
    return Edit(rule, node, put(new), claims=(use.node,), helpers=(HELPER,))


def _without_annotation(file: SourceFile, annotation: cst.CSTNode, rule: str) -> Edit:
    """The edit that takes out an annotation: a type checker makes nothing of calls in there."""
    inside = m.findall(annotation, m.OneOf(m.Name(), m.Attribute()))
    claims = tuple(node for node in inside if file.use_of(node) is not None)
    around = file.parent(annotation)
    if not isinstance(around, cst.AnnAssign):
        return Edit(rule, annotation, take_out, claims=claims)
    if around.value is None:
        return Edit(rule, annotation, put(cst.Annotation(cst.Name("object"))), claims=claims)
    return Edit(rule, around, _assigned, claims=claims)


def _assigned(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.AnnAssign)
    assert node.value is not None
    return cst.Assign([cst.AssignTarget(node.target)], node.value)


def _quote(file: SourceFile, node: cst.CSTNode) -> str:
    """What strings stand between at a place: before Python 3.12 no part of an f-string holds the quotes around it."""
    string = file.around(node, cst.FormattedString)
    return "'" if isinstance(string, cst.FormattedString) and '"' in string.start else '"'


def stand_in(name: str, rule: str, calls: int = 0, quote: str = '"') -> cst.BaseExpression:
    """The expression that stands for a name; ``calls``: how often it can be called before it is missed. ``quote``: what
    strings in it stand between.
    """
    more = f", calls={calls}" if calls else ""
    return cst.parse_expression(f"{NAME}({quote}{name}{quote}, {quote}{rule}{quote}{more})")


def _fills_a_table(file: SourceFile, use: Use) -> bool:
    """Whether a use is called while the file is imported, for an element of a list, a tuple or a dictionary."""
    if use.call is None or file.around(use.call, cst.FunctionDef, cst.Lambda) is not None:
        return False
    around = file.parent(use.call)
    return isinstance(around, cst.Element) or (isinstance(around, cst.DictElement) and around.value is use.call)


def with_definitions(module: cst.Module, texts: Iterable[str]) -> cst.Module:
    """The module with definitions after the last import before they are needed; what it defines already, stays."""
    body = list(module.body)
    for text in dict.fromkeys(texts):
        new = definitions(text)
        names = [item.name.value for item in new if isinstance(item, (cst.ClassDef, cst.FunctionDef))]
        if any(isinstance(item, (cst.ClassDef, cst.FunctionDef)) and item.name.value in names for item in body):
            continue
        needed = next((at for at, item in enumerate(body) if names[-1] in module.code_for_node(item)), len(body))
        at = max((at + 1 for at in range(needed) if _goes_before(body[at], first=at == 0)), default=0)
        body = [*body[:at], *_spaced(new, body[at:], top=not at)]
    return module.with_changes(body=body)


def _spaced(new: Sequence[_Statement], rest: Sequence[_Statement], *, top: bool) -> list[_Statement]:
    blank = [cst.EmptyLine(indent=False), cst.EmptyLine(indent=False)]
    new = [new[0] if top else new[0].with_changes(leading_lines=blank), *new[1:]]
    if not rest:
        return list(new)
    lines = list(getattr(rest[0], "leading_lines", ()))
    missing = max(0, 2 - sum(line.comment is None for line in lines))
    return [*new, rest[0].with_changes(leading_lines=[*blank[:missing], *lines]), *rest[1:]]


def _goes_before(statement: _Statement, *, first: bool) -> bool:
    """Whether a statement is an import, or the text a module begins with."""
    if not isinstance(statement, cst.SimpleStatementLine):
        return False
    if any(isinstance(item, (cst.Import, cst.ImportFrom)) for item in statement.body):
        return True
    text = statement.body[0]
    return first and isinstance(text, cst.Expr) and isinstance(text.value, (cst.SimpleString, cst.ConcatenatedString))
