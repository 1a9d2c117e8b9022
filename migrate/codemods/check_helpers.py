"""Functions that checks of pattern tables hand parts of a match to, so that they need its context, too."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import libcst as cst
from libcst import matchers as m

from migrate.codemods.checks import check_functions
from migrate.codemods.names import SourceFile

_ARGUMENT = m.Subscript(value=m.Attribute(attr=m.Name("args")), slice=[m.SubscriptElement(m.Index())])
_TYPES = ("checked_type", "struct_info", "ty", "type_annotation", "dtype")


@dataclass(frozen=True, slots=True)
class Helpers:
    """Functions that get the context as their first argument, and the calls that hand it to them. ``of_checks``: calls
    of one check by another.
    """

    functions: Sequence[cst.FunctionDef] = ()
    calls: Sequence[cst.Call] = ()
    of_checks: Sequence[tuple[cst.Call, cst.FunctionDef]] = ()


def looked_into(file: SourceFile, body: cst.CSTNode) -> list[cst.CSTNode]:
    """The places ``call.args[i]`` in a function of which more is asked than the type."""
    return [node for node in m.findall(body, _ARGUMENT) if _is_looked_into(file, node)]


def _is_looked_into(file: SourceFile, node: cst.CSTNode) -> bool:
    parent = file.parent(node)
    if isinstance(parent, cst.Attribute):
        return parent.attr.value not in _TYPES
    return isinstance(parent, (cst.Assign, cst.Arg, cst.Return, cst.NamedExpr, cst.AnnAssign))


@dataclass(slots=True)
class _Found:
    """What a function calls by name, and whether it looks into arguments itself."""

    calls: list[tuple[str, cst.Call]] = field(default_factory=list[tuple[str, cst.Call]])
    looks: bool = False


@lru_cache(maxsize=2)
def check_helpers(file: SourceFile) -> Helpers:
    """The helpers of a file's checks: each is called by checks and helpers alone, and looks into arguments, or calls
    one that does.
    """
    checks = check_functions(file)
    if not checks:
        return Helpers()
    names = [item.name.value for item in file.functions]
    own = {item.name.value: item for item in file.functions if names.count(item.name.value) == 1}
    roots = {name: item for name, item in own.items() if item in checks}
    found: dict[cst.CSTNode, _Found] = {}
    waiting: list[cst.FunctionDef | cst.Lambda] = list(checks)
    while waiting:
        function = waiting.pop()
        if function not in found:
            found[function] = _read(file, function, own)
            waiting += [own[name] for name, _ in found[function].calls if name not in roots]
    helpers = {name: item for name, item in own.items() if item in found and item not in checks}
    helpers = _kept(file, {name: item for name, item in helpers.items() if _is_plain(file, item)}, found, checks)
    calls = [call for item in found.values() for name, call in item.calls if name in helpers]
    between = [(call, roots[name]) for item in found.values() for name, call in item.calls if name in roots]
    return Helpers(tuple(helpers.values()), tuple(dict.fromkeys(calls)), tuple(between))


def _read(file: SourceFile, function: cst.CSTNode, own: Mapping[str, cst.FunctionDef]) -> _Found:
    assert isinstance(function, (cst.FunctionDef, cst.Lambda))
    calls = [
        (call.func.value, call)
        for call in m.findall(function.body, m.Call(func=m.Name()))
        if isinstance(call, cst.Call) and isinstance(call.func, cst.Name) and call.func.value in own
    ]
    return _Found(calls, bool(looked_into(file, function.body)))


def _is_plain(file: SourceFile, function: cst.FunctionDef) -> bool:
    """Whether a function can take one more argument: no method, not decorated, no ``context`` of its own."""
    params = [item.name.value for item in function.params.params]
    return file.around(function, cst.ClassDef) is None and not function.decorators and "context" not in params


def _kept(
    file: SourceFile,
    helpers: dict[str, cst.FunctionDef],
    found: Mapping[cst.CSTNode, _Found],
    checks: Mapping[cst.FunctionDef | cst.Lambda, int],
) -> dict[str, cst.FunctionDef]:
    """Those that need the context, and of which every mention is a call where it is at hand."""
    mentions: dict[str, list[cst.CSTNode]] = {}
    for node in m.findall(file.module, m.Name()):
        if isinstance(node, cst.Name) and node.value in helpers:
            mentions.setdefault(node.value, []).append(node)
    while True:
        needed = {name for name, item in helpers.items() if found[item].looks}
        while more := {
            name for name, item in helpers.items() if name not in needed and _calls(found[item]) & needed
        }:  # fmt: skip
            needed |= more
        inside = {*checks, *(helpers[name] for name in needed)}
        kept = {
            name: item
            for name, item in helpers.items()
            if name in needed and all(_is_at_hand(file, node, item, inside) for node in mentions[name])
        }
        if kept.keys() == helpers.keys():
            return kept
        helpers = kept


def _calls(found: _Found) -> set[str]:
    return {name for name, _ in found.calls}


def _is_at_hand(file: SourceFile, node: cst.CSTNode, function: cst.FunctionDef, inside: Container[cst.CSTNode]) -> bool:
    parent = file.parent(node)
    if parent is function:
        return True
    if not isinstance(parent, cst.Call) or parent.func is not node:
        return False
    around = file.around(node, cst.FunctionDef, cst.Lambda)
    while around is not None and around not in inside:
        around = file.around(around, cst.FunctionDef, cst.Lambda)
    return around is not None
