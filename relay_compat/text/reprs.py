"""``repr`` of objects of the IR, as TVM 0.19 shows them (CallNode(Op(add), [...], ...)), without its addresses.

A shared node is shown wherever it is used, so a text may grow without end: it stops with ``...``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from relay_compat.ir import adt, expr, types
from tensor_core.attrs import Attrs
from tensor_core.module import GlobalVar

_MOST = 20_000
_NULL = "(nullptr)"


def node_repr(value: Any, most: int = _MOST) -> str:
    """The text of an object, cut after about ``most`` characters."""
    parts: list[str] = []
    size = 0
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if not isinstance(item, _Text):
            stack.extend(reversed(list(_show(item))))
            continue
        parts.append(item)
        size += len(item)
        if size > most:
            parts.append("...")
            break
    return "".join(parts)


class _Text(str):
    """A piece of the result, as opposed to a string that is to be shown."""

    __slots__ = ()


def _show(value: Any) -> Iterator[Any]:
    if value is None:
        yield _Text(_NULL)
    elif isinstance(value, (tuple, list)):
        yield from _between("[", value, "]")
    elif isinstance(value, _Typed):
        yield from (_Text("ty="), value.type)
    elif isinstance(value, expr.Function):
        from relay_compat.text.printer import pretty_print

        text = pretty_print(value)
        yield _Text(text if len(text) <= _MOST else f"{text[:_MOST]}...")
    else:
        name, parts = _parts(value)
        yield from _between(f"{name}(", parts, ")") if parts is not None else (_Text(name),)


def _between(opening: str, items: Any, closing: str) -> Iterator[Any]:
    yield _Text(opening)
    for number, item in enumerate(items):
        if number:
            yield _Text(", ")
        yield item
    yield _Text(closing)


def _parts(value: Any) -> tuple[str, list[Any] | None]:
    """The name of an object and what stands in its parentheses; None for no parentheses."""
    for kind, (name, parts) in _KINDS.items():
        if isinstance(value, kind):
            return name, parts(value)
    if isinstance(value, Attrs):
        return value.type_key, [_Text(f"{name}={item!r}") for name, item in value.items()]
    return str(value), None


def _var(var: expr.Var) -> list[Any]:
    named: list[Any] = [_Text(var.name)]
    return named if var.type_annotation is None else [*named, _Typed(var.type_annotation)]


class _Typed:
    """The annotation of a variable."""

    def __init__(self, type_: types.Type) -> None:
        self.type = type_


def _global_type(var: types.GlobalTypeVar) -> list[Any]:
    return [_Text(f'"{var.name}"'), _Text(f'"{types.TypeKind(var.kind).name}"')]


def _named(*names: str) -> Callable[[Any], list[Any]]:
    return lambda value: [getattr(value, name) for name in names]


_KINDS: dict[type[Any], tuple[str, Callable[[Any], list[Any]]]] = {
    expr.Var: ("Var", _var),
    expr.Constant: ("Constant", lambda value: [_Text(value.data.numpy())]),
    expr.Op: ("Op", lambda value: [_Text(value.name)]),
    expr.Call: ("CallNode", _named("op", "args", "attrs", "type_args")),
    expr.Let: ("LetNode", _named("var", "value", "body")),
    expr.If: ("IfNode", _named("cond", "true_branch", "false_branch")),
    expr.Tuple: ("Tuple", _named("fields")),
    expr.TupleGetItem: ("TupleGetItemNode", lambda value: [value.tuple_value, _Text(value.index)]),
    expr.RefCreate: ("RefCreateNode", _named("value")),
    expr.RefRead: ("RefReadNode", _named("ref")),
    expr.RefWrite: ("RefWriteNode", _named("ref", "value")),
    adt.Match: ("MatchNode", lambda value: [value.data, value.clauses, _Text(int(value.complete))]),
    adt.Clause: ("ClauseNode", _named("lhs", "rhs")),
    adt.PatternWildcard: ("PatternWildcardNode", _named()),
    adt.PatternVar: ("PatternVarNode", _named("var")),
    adt.PatternConstructor: ("PatternConstructorNode", _named("constructor", "patterns")),
    adt.PatternTuple: ("PatternTupleNode", _named("patterns")),
    adt.Constructor: ("ConstructorNode", lambda value: [_Text(value.name), value.inputs, value.belong_to]),
    types.TensorType: ("TensorType", lambda value: [value.shape, _Text(value.dtype)]),
    types.GlobalTypeVar: ("I.GlobalTypeVar", _global_type),
    GlobalVar: ("I.GlobalVar", lambda value: [_Text(f'"{value.name}"')]),
}
