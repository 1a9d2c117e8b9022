"""Names of Relay that a Python text uses, found without the product's own reading of it."""

import ast

ROOT = "tvm.relay"


def relay_lines(text: str) -> dict[int, str]:
    """By line, a name below ``tvm.relay`` that the text uses there. Imports are followed by name, in the whole file."""
    tree = ast.parse(text)
    bound: dict[str, str] = {}
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                name = item.name if item.asname else item.name.partition(".")[0]
                bound[item.asname or name] = name
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for item in node.names:
                bound[item.asname or item.name] = f"{node.module}.{item.name}"
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Load):
            name = _dotted(node, bound)
            if name and _is_relay(name):
                found.setdefault(node.lineno, name)
    return found


def _is_relay(name: str) -> bool:
    return name == ROOT or name.startswith(f"{ROOT}.")


def _dotted(node: ast.expr, bound: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in bound:
        return ""
    return ".".join([bound[node.id], *reversed(parts)])
