"""Rewritings that several rules plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import libcst as cst

from migrate.codemods.arguments import with_arguments

Rewrite = Callable[[cst.CSTNode], cst.CSTNode | cst.RemovalSentinel]


def put(new: cst.CSTNode) -> Callable[[cst.CSTNode], cst.CSTNode]:
    """The rewriting that puts a node in the place of another."""
    return lambda _: new


def take_out(_: cst.CSTNode) -> cst.RemovalSentinel:
    """The rewriting that takes a node out."""
    return cst.RemoveFromParent()


def renamed(**names: str) -> Callable[[cst.CSTNode], cst.CSTNode]:
    """The rewriting that gives children of a node, by field, these names."""
    return lambda node: node.with_changes(**{field: cst.Name(name) for field, name in names.items()})


def definitions(text: str) -> list[cst.SimpleStatementLine | cst.BaseCompoundStatement]:
    """The statements of a text, indented as they are there wherever they are put."""
    module = cst.parse_module(text).visit(_Indented())
    return list(module.body)


class _Indented(cst.CSTTransformer):
    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        del original_node
        return updated_node.with_changes(indent="    ")


def drop_arguments(call: cst.Call, dropped: Sequence[cst.Arg]) -> list[tuple[cst.Arg, Rewrite]]:
    """The edits of a call's arguments that take some of them out, where its function is another edit's business."""
    kept = [arg if arg not in dropped else None for arg in call.args]
    rest = iter(with_arguments(call, kept).args)
    found: list[tuple[cst.Arg, Rewrite]] = []
    for arg in call.args:
        if arg in dropped:
            found.append((arg, take_out))
            continue
        new = next(rest)
        if new is not arg:
            found.append((arg, _spaced(new)))
    return found


def _spaced(new: cst.Arg) -> Rewrite:
    return lambda node: node.with_changes(comma=new.comma, whitespace_after_arg=new.whitespace_after_arg)


def without(node: cst.List | cst.Tuple, dropped: Sequence[int]) -> cst.List | cst.Tuple:
    """The list or tuple without the elements at these places."""
    first = cst.SimpleWhitespace("")
    before = node.lbracket.whitespace_after if isinstance(node, cst.List) else first
    args = [
        cst.Arg(element.value, comma=element.comma, star="*" if isinstance(element, cst.StarredElement) else "")
        for element in node.elements
    ]
    kept = [None if index in dropped else arg for index, arg in enumerate(args)]
    call = with_arguments(cst.Call(cst.Name("f"), args, whitespace_before_args=before), kept)
    rest = [element for index, element in enumerate(node.elements) if index not in dropped]
    elements = [element.with_changes(comma=arg.comma) for element, arg in zip(rest, call.args, strict=True)]
    if isinstance(node, cst.List):
        bracket = node.lbracket.with_changes(whitespace_after=call.whitespace_before_args)
        return node.with_changes(elements=elements, lbracket=bracket)
    if len(elements) == 1 and not isinstance(elements[0].comma, cst.Comma):
        elements = [elements[0].with_changes(comma=cst.Comma())]
    return node.with_changes(elements=elements)
