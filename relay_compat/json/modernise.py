"""The nodes of a JSON of TVM 0.6 in the layout that came with 0.7."""

from __future__ import annotations

from typing import Any, cast

from relay_compat.history.kinds import NAMED_BY_VARIABLE, RENAMED, TEXT_FIELDS
from relay_compat.json.graph import Graph


def modernise(graph: Graph) -> None:
    """Rename kinds and make texts nodes of their own, in place. DiagnosticError R2R0301 for a damaged node."""
    old = [graph.node(index) for index in range(len(graph.nodes))]
    for index, node in enumerate(old):
        graph.nodes[index] = _modern(graph, old, index, node)


def _modern(graph: Graph, old: list[dict[str, Any]], index: int, node: dict[str, Any]) -> dict[str, Any]:
    kind: str = node["type_key"]
    result = {**node, "type_key": RENAMED.get(kind, kind)}
    if "global_key" in node:
        result["repr_str"] = result.pop("global_key")
    attrs: Any = node.get("attrs")
    if isinstance(attrs, dict) and kind in TEXT_FIELDS:
        fields, name = dict(cast("dict[str, Any]", attrs)), TEXT_FIELDS[kind]
        if kind in NAMED_BY_VARIABLE and "var" in fields:
            variable: Any = old[graph.reference(fields.pop("var"), index)].get("attrs")
            fields[name] = cast("dict[str, Any]", variable).get("name") if isinstance(variable, dict) else None
        text = fields.get(name)
        if not isinstance(text, str):
            raise graph.bad(index, f"{kind}: field {name} is no text")
        fields[name] = str(graph.append({"type_key": "runtime.String", "repr_str": text}))
        result["attrs"] = fields
    return result
