"""What programs are built around to try a user's pass: its patterns, or the operators that its source names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

import relay_compat.dataflow_pattern.patterns as dp
from migrate.verify.generate.choices import of_seed
from migrate.verify.generate.insertion import insertable
from migrate.verify.generate.skeletons.matching import can_be_made, matching
from migrate.verify.generate.skeletons.table import Skeleton
from relay_compat.ir.expr import op
from tensor_core.ops.registry import registry

Told = tuple[str, list[dict[str, Any]]]
"""The name of a pattern, and its nodes as a process told of them."""
_MOST = 60
"""How many pairs of named operators are tried at most."""


def decoded(nodes: Sequence[dict[str, Any]]) -> dp.DFPattern | None:
    """The pattern that a process told of, the last of its nodes; None where programs are not made of some part."""
    made: list[dp.DFPattern | None] = []
    for node in nodes:
        made.append(_decoded(node, made))
    return made[-1] if made else None


def _decoded(node: dict[str, Any], made: Sequence[dp.DFPattern | None]) -> dp.DFPattern | None:
    def part(field: str) -> Any:
        value = node[field]
        return None if value is None else made[value] if isinstance(value, int) else [made[item] for item in value]

    held = {field: part(field) for field in ("op", "pattern", "left", "right", "tuple") if type(node.get(field)) is int}
    if None in held.values():
        return None
    match node["kind"]:
        case "WildcardPattern":
            return dp.WildcardPattern()
        case "ConstantPattern":
            return dp.ConstantPattern()
        case "VarPattern":
            return dp.VarPattern(node["name"])
        case "ExprPattern":
            return dp.ExprPattern(op(node["op"])) if node["op"] in registry().by_relay else None
        case "CallPattern":
            args = part("args")
            return None if args is not None and None in args else dp.CallPattern(held["op"], args)
        case "TuplePattern":
            fields = part("fields")
            return None if fields is not None and None in fields else dp.TuplePattern(fields)
        case "TupleGetItemPattern":
            return dp.TupleGetItemPattern(held["tuple"], None if node["index"] < 0 else node["index"])
        case "AltPattern":
            return dp.AltPattern(held["left"], held["right"])
        case "AttrPattern":
            return dp.AttrPattern(held["pattern"], node["attrs"])
        case "DataTypePattern":
            return dp.DataTypePattern(held["pattern"], node["dtype"])
        case "ShapePattern" if all(isinstance(dim, int) for dim in node["shape"]):
            return dp.ShapePattern(held["pattern"], node["shape"])
        case _:
            return None


def around_patterns(told: Sequence[Told], closed: bool) -> tuple[list[Skeleton], list[str]]:
    """A skeleton for each pattern, and the names of those for which no program was found.

    ``closed``: nothing outside uses an inner value of what a pattern matches. MergeComposite takes no such group, while
    FuseOpsByPattern takes it and answers the inner value as well.
    """
    skeletons: list[Skeleton] = []
    left_out: list[str] = []
    for name, nodes in told:
        pattern = decoded(nodes)
        if pattern is None or not can_be_made(pattern, of_seed(name).choose):
            left_out.append(name)
        else:
            skeletons.append(matching(name, pattern, closed))
    return skeletons, left_out


def around_operators(source: str, name: str) -> list[Skeleton]:
    """Skeletons of the operators that the source of a definition names, each by itself and each on top of each."""
    cards = [card for card in dict.fromkeys(_named(source, name)) if can_be_made(_call(card), of_seed(card).choose)]
    patterns = [(card, _call(card)) for card in cards]
    for upper in cards:
        count = len(registry().by_relay[upper].inputs)
        for place in range(min(count, 2)):
            for lower in cards:
                args: list[dp.DFPattern] = [dp.WildcardPattern() for _ in range(count)]
                args[place] = _call(lower)
                patterns.append((f"{upper} of {lower}", dp.CallPattern(dp.ExprPattern(op(upper)), args)))
    made = [(label, pattern) for label, pattern in patterns if can_be_made(pattern, of_seed(label).choose)]
    return [matching(label, pattern) for label, pattern in made[:_MOST]]


def _call(name: str) -> dp.DFPattern:
    return dp.CallPattern(dp.ExprPattern(op(name)), None)


def _named(source: str, name: str) -> Iterator[str]:
    """Relay's names of the operators in the text of a definition, or of the file where nothing is defined so."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    own = [node for node in tree.body if getattr(node, "name", None) == name]
    yield from _operators(own or [tree])


def _operators(roots: Sequence[ast.AST]) -> Iterator[str]:
    known = {card.relay.name for card in registry() if card.relay and card.name in set(insertable())}
    for root in roots:
        for node in ast.walk(root):
            if isinstance(node, ast.Constant) and node.value in known:
                yield str(node.value)
            elif isinstance(node, ast.Attribute):
                text = ast.unparse(node).removeprefix("tvm.").removeprefix("relay.").removeprefix("op.")
                if text in known and text != ast.unparse(node):
                    yield text
