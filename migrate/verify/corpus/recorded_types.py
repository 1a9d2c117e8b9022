"""The types that TVM recorded in a JSON module (`_checked_type_`), beside the nodes of the module we read from it."""

import json
from collections.abc import Iterator
from typing import Any, cast

from tensor_core.module import IRModule

_CHILDREN = {
    "relay.Call": ("op", "args"),
    "relay.Function": ("params", "body"),
    "relay.Let": ("var", "value", "body"),
    "relay.If": ("cond", "true_branch", "false_branch"),
    "relay.Tuple": ("fields",),
    "relay.TupleGetItem": ("tuple_value",),
    "relay.RefCreate": ("value",),
    "relay.RefRead": ("ref",),
    "relay.RefWrite": ("ref", "value"),
    "relay.Match": ("data",),
    "relay.Var": (),
    "relay.Constant": (),
}


def recorded_types(text: str, module: IRModule) -> Iterator[tuple[Any, str]]:
    """Every expression of the module for which a type is recorded, with that type as Relay text."""
    graph = json.loads(text)
    nodes: list[Any] = graph["nodes"]
    functions: Any = nodes[int(nodes[graph["root"]]["attrs"]["functions"])]
    entries: Iterator[Any] = iter(functions["data"])
    stack: list[tuple[int, Any]] = []
    for key, value in zip(entries, entries, strict=True):
        name = nodes[int(nodes[key]["attrs"]["name_hint"])].get("repr_str", "")
        stack.append((value, module[name]))
    seen: set[int] = set()
    while stack:
        index, node = stack.pop()
        kind = nodes[index]["type_key"]
        if index in seen or kind not in _CHILDREN:
            continue
        seen.add(index)
        attrs = nodes[index]["attrs"]
        if attrs.get("_checked_type_", "0") != "0":
            yield node, _type(nodes, int(attrs["_checked_type_"]))
        for name in _CHILDREN[kind]:
            child, ours = int(attrs[name]), getattr(node, name)
            if isinstance(ours, tuple):
                items = cast("tuple[Any, ...]", ours)
                stack += zip(nodes[child].get("data", ()), items, strict=True)
            else:
                stack.append((child, ours))


def _type(nodes: list[Any], index: int) -> str:
    node: Any = nodes[index]
    attrs = node.get("attrs", {})

    def many(name: str) -> list[str]:
        return [_type(nodes, child) for child in nodes[int(attrs[name])].get("data", ())]

    match node["type_key"]:
        case "relay.TensorType":
            dims = [_dim(nodes[child]) for child in nodes[int(attrs["shape"])].get("data", ())]
            return f"Tensor[({', '.join(dims)}), {attrs['dtype']}]"
        case "TupleType":
            fields = many("fields")
            return f"({fields[0]},)" if len(fields) == 1 else f"({', '.join(fields)})"
        case "FuncType":
            params = many("type_params")
            prefix = f"[{', '.join(params)}]" if params else ""
            return f"fn {prefix}({', '.join(many('arg_types'))}) -> {_type(nodes, int(attrs['ret_type']))}"
        case "TypeCall":
            return f"{_type(nodes, int(attrs['func']))}[{', '.join(many('args'))}]"
        case "relay.RefType":
            return f"ref({_type(nodes, int(attrs['value']))})"
        case "TypeVar" | "GlobalTypeVar":
            return nodes[int(attrs["name_hint"])].get("repr_str", "")
        case kind:
            return kind


def _dim(node: Any) -> str:
    return node["attrs"]["value"] if node["type_key"] == "IntImm" else "?"
