"""Cut definitions out of a Python file, with the imports and the other definitions that they use."""

import ast
from collections.abc import Iterable
from pathlib import Path


def dotted(path):
    """The module that a file of a repository is: its folders, less the one that only holds packages."""
    parts = Path(path).with_suffix("").parts
    if "tvm" in parts[:-1]:
        parts = parts[len(parts) - 1 - parts[::-1].index("tvm") :]
    elif parts[0] in ("python", "src"):
        parts = parts[1:]
    return ".".join(parts) if all(part.isidentifier() for part in parts) else Path(path).stem


def cut(source: str, names: Iterable[str]) -> str:
    """The text of the named top-level definitions, and of what they use of the file, in the file's order."""
    tree = ast.parse(source)
    lines = source.splitlines(keepends=True)
    binds = {index: _bound(node) for index, node in enumerate(tree.body)}
    wanted, pending, kept = set(), list(names), set()
    paths = set()
    while pending:
        name = pending.pop()
        if name in wanted:
            continue
        wanted.add(name)
        for index, bound in binds.items():
            if name in bound and index not in kept:
                kept.add(index)
                if not isinstance(tree.body[index], ast.Import | ast.ImportFrom):
                    pending += _used(tree.body[index])
                    paths |= _paths(tree.body[index])
    # What a star of a module beside it gives is not known here.
    stars = {index for index, bound in binds.items() if "*" in bound and not getattr(tree.body[index], "level", 0)}
    parts = []
    for index in sorted(kept | stars):
        node = tree.body[index]
        if isinstance(node, ast.Import | ast.ImportFrom):
            parts.append(_narrowed(node, wanted, paths))
        else:
            parts.append("\n\n" + "".join(lines[_first(node) - 1 : node.end_lineno]))
    return "".join(parts)


def _narrowed(node, wanted, paths):
    """An import without the names that nothing uses; nothing at all where none is left."""
    kept = [item for item in node.names if item.name == "*" or _is_used(item, wanted, paths)]
    if not kept:
        return ""
    return ast.unparse(type(node)(**{**{name: getattr(node, name) for name in node._fields}, "names": kept})) + "\n"


def _is_used(item, wanted, paths):
    """Whether an imported name is used; of ``import a.b`` the whole path, as ``import a`` may stand beside it."""
    if item.asname is None and "." in item.name:
        return any(path == item.name or path.startswith(item.name + ".") for path in paths)
    return (item.asname or item.name) in wanted


def _paths(node):
    """The dotted paths of attributes that a definition names."""
    return {ast.unparse(item) for item in ast.walk(node) if isinstance(item, ast.Attribute)}


def _first(node):
    return min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", ()))])


def _bound(node):
    """The names that a top-level statement gives."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {item.asname or (item.name if isinstance(node, ast.ImportFrom) else item.name.partition(".")[0])
                for item in node.names}  # fmt: skip
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        return {node.name}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return {item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name)}
    return set()


def _used(node):
    return [item.id for item in ast.walk(node) if isinstance(item, ast.Name)]
