"""What a file does with an object that a call makes: the attributes of the variable that it is assigned to."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from migrate.codemods.names import SourceFile


def attributes_of(file: SourceFile, made: cst.Call) -> Sequence[cst.Attribute]:
    """The attributes, in the order of the text, that are taken of the variable; where that is one of a function, in
    there.
    """
    assign = file.parent(made)
    target = assign.targets[0].target if isinstance(assign, cst.Assign) else None
    if not isinstance(target, cst.Name):
        return ()
    function = file.around(made, cst.FunctionDef)
    found = [
        node
        for nodes in file.attributes.values()
        for node in nodes
        if isinstance(node.value, cst.Name) and node.value.value == target.value and _within(file, node, function)
    ]
    return sorted(found, key=lambda node: (file.span(node).line, file.span(node).column))


def method_call(file: SourceFile, attribute: cst.Attribute) -> cst.Call | None:
    """The call of a method; None where the attribute is not called."""
    call = file.parent(attribute)
    return call if isinstance(call, cst.Call) and call.func is attribute else None


def _within(file: SourceFile, node: cst.CSTNode, function: cst.CSTNode | None) -> bool:
    around = file.around(node, cst.FunctionDef)
    while around is not None and around is not function:
        around = file.around(around, cst.FunctionDef)
    return around is function
