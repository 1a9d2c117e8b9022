"""What the modules of a source tree import and define, told from their text; and what names lead to in the tree."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from migrate.codemods.api import api

_HOPS = 20
"""How many re-exports a name is followed through."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or class of a module: dotted names of its bases and decorators, and those that it mentions."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    path: Path
    bases: tuple[str, ...]
    decorators: tuple[str, ...]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Module:
    """A module. ``imports``: the dotted name that each imported name stands for. ``stars``: modules of which it has
    everything.
    """

    imports: dict[str, str] = field(default_factory=dict[str, str])
    stars: list[str] = field(default_factory=list[str])
    definitions: dict[str, Definition] = field(default_factory=dict[str, Definition])


def read_module(text: str, path: Path, name: str) -> Module | None:
    """The module of this dotted name; None for a text that Python does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    module = Module()
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                module.imports[bound] = alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom):
            source = from_top("." * node.level + (node.module or ""), package)
            for alias in node.names:
                if alias.name == "*":
                    module.stars.append(source)
                else:
                    module.imports[alias.asname or alias.name] = f"{source}.{alias.name}" if source else alias.name
    for node in _top(tree):
        decorators = tuple(dotted for item in node.decorator_list if (dotted := _dotted(_called(item))))
        bases = tuple(dotted for item in getattr(node, "bases", ()) if (dotted := _dotted(item)))
        module.definitions[node.name] = Definition(node, path, bases, decorators, frozenset(_names(node)))
    return module


def from_top(name: str, package: str) -> str:
    """A dotted name that begins with dots, as a file of a package says it, from the top; others as they are. Unchanged
    beyond the top of the tree.
    """
    rest = name.lstrip(".")
    up = len(name) - len(rest)
    parts = package.split(".") if package else []
    if not up or not parts or up - 1 > len(parts):
        return name
    return ".".join([*parts[: len(parts) - (up - 1)], *([rest] if rest else [])])


def _top(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Definitions of a module, those under conditions included."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield child
            elif isinstance(child, (ast.If, ast.Try, ast.With)):
                pending.append(child)


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _names(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Name, ast.Attribute)) and (dotted := _dotted(inner)):
            yield dotted


def absolute(name: str, module: Module, home: str) -> str:
    """A dotted name as a module called ``home`` says it, from the top."""
    first, _, rest = name.partition(".")
    if first in module.definitions:
        start = f"{home}.{first}"
    elif first in module.imports:
        start = module.imports[first]
    else:
        start = first
    return f"{start}.{rest}" if rest else start


def resolve(name: str, modules: Mapping[str, Module]) -> str | None:
    """The definition in the tree that a dotted name leads to, through re-exports; None when it leads out of it."""
    for _ in range(_HOPS):
        head, rest = name, list[str]()
        while head not in modules:
            head, _, last = head.rpartition(".")
            if not last:
                return None
            rest.insert(0, last)
            if not head:
                return None
        if not rest:
            return None
        module = modules[head]
        if rest[0] in module.definitions:
            return f"{head}.{rest[0]}"
        moved = module.imports.get(rest[0])
        if moved is None:
            moved = next((f"{star}.{rest[0]}" for star in module.stars if _has(modules, star, rest[0])), None)
        if moved is None or moved == f"{head}.{rest[0]}":
            return None
        name = ".".join([moved, *rest[1:]])
    return None


def _has(modules: Mapping[str, Module], star: str, name: str) -> bool:
    module = modules.get(star)
    return module is not None and (name in module.definitions or name in module.imports)


def exports(modules: Mapping[str, Module], release: str) -> dict[str, dict[str, str]]:
    """By module of a tree, the names in it that are TVM's, by what they are there, however many modules hand on."""
    found: dict[str, dict[str, str]] = {}
    for name, module in modules.items():
        found[name] = {local: told for local in module.imports if (told := _origin(name, local, modules, release))}
        for star in module.stars:
            members = api(release).members.get(api(release).known(star) or star, frozenset[str]())
            found[name] |= {local: f"{star}.{local}" for local in members if not local.startswith("_")}
    having = {name: [star for star in module.stars if star in modules] for name, module in modules.items()}
    pending = [name for name, stars in having.items() if stars]
    for _ in range(_HOPS if pending else 0):
        grown = False
        for name in pending:
            for star in having[name]:
                new = {local: told for local, told in found[star].items() if not local.startswith("_")}
                grown |= not new.keys() <= found[name].keys()
                found[name] = new | found[name]
        if not grown:
            break
    return {name: names for name, names in found.items() if names}


def _origin(home: str, local: str, modules: Mapping[str, Module], release: str) -> str:
    """TVM's name of what a module of the tree calls ``local``; "" for what is not TVM's."""
    for _ in range(_HOPS):
        module = modules.get(home)
        if module is None:
            full = f"{home}.{local}"
            return full if full.partition(".")[0] == "tvm" and api(release).known(full) is not None else ""
        target = module.imports.get(local)
        if target is None:
            return ""
        if "." not in target:
            return target if target == "tvm" else ""
        home, _, local = target.rpartition(".")
    return ""
