# pyright: basic
"""How dataflow patterns of Relay travel: a list of nodes that name each other by number, parts before wholes."""

from __future__ import annotations

from typing import Any

FIELDS = {
    "CallPattern": ("op", "args"),
    "TuplePattern": ("fields",),
    "TupleGetItemPattern": ("tuple",),
    "AltPattern": ("left", "right"),
    "AttrPattern": ("pattern",),
    "TypePattern": ("pattern",),
    "DataTypePattern": ("pattern",),
    "ShapePattern": ("pattern",),
    "DominatorPattern": ("parent", "path", "child"),
}
"""The kinds that hold patterns, and where."""


def encode(pattern: Any) -> list[dict[str, Any]]:
    """The nodes of a pattern, itself last."""
    nodes: list[dict[str, Any]] = []
    numbers: dict[int, int] = {}
    stack: list[tuple[Any, bool]] = [(pattern, False)]
    while stack:
        item, ready = stack.pop()
        key = _key(item)
        if key in numbers:
            continue
        if ready:
            nodes.append(_node(item, numbers))
            numbers[key] = len(nodes) - 1
            continue
        stack.append((item, True))
        stack += [(part, False) for part in reversed(_parts(item)) if _key(part) not in numbers]
    return nodes


def _key(item: Any) -> int:
    return item.handle.value if hasattr(item, "handle") else id(item)


def _parts(item: Any) -> list[Any]:
    found: list[Any] = []
    for field in FIELDS.get(type(item).__name__, ()):
        value = getattr(item, field)
        if value is not None:
            found += [value] if type(value).__name__.endswith("Pattern") else list(value)
    return found


def _node(item: Any, numbers: dict[int, int]) -> dict[str, Any]:
    kind = type(item).__name__
    made: dict[str, Any] = {"kind": kind}
    for field in FIELDS.get(kind, ()):
        value = getattr(item, field)
        if value is None:
            made[field] = None
        elif type(value).__name__.endswith("Pattern"):
            made[field] = numbers[_key(value)]
        else:
            made[field] = [numbers[_key(part)] for part in value]
    if kind == "ExprPattern":
        made["op"] = getattr(item.expr, "name", None)
    elif kind == "TupleGetItemPattern":
        made["index"] = int(item.index)
    elif kind == "AttrPattern":
        made["attrs"] = {str(key): plain(value) for key, value in item.attrs.items()}
    elif kind == "DataTypePattern":
        made["dtype"] = str(item.dtype)
    elif kind == "ShapePattern":
        made["shape"] = [plain(dim) for dim in item.shape]
    elif kind == "VarPattern":
        made["name"] = str(item.name)
    return made


def plain(value: Any) -> Any:
    """An attribute's value as JSON has it."""
    if value is None or isinstance(value, (bool, str, float)):
        return value
    if isinstance(value, (list, tuple)) or type(value).__name__ == "Array":
        return [plain(item) for item in value]
    if hasattr(value, "value"):
        return plain(value.value)
    return int(value) if isinstance(value, int) else str(value)
