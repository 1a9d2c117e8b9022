"""Parameters of a file's functions that take the name of an operator: such a name is compared with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import libcst as cst
from libcst import matchers as m

from migrate.codemods.names import SourceFile, dotted


def says_op(node: cst.BaseExpression) -> bool:
    """``X.op.name``, ``op.name``, ``self.op_name``, ``str(X.op)`` and their like."""
    if isinstance(node, cst.Call) and dotted(node.func) == "str" and len(node.args) == 1:
        inner = node.args[0].value
        return says_op(inner) or (isinstance(inner, cst.Attribute) and inner.attr.value == "op")
    text = dotted(node)
    if not text and isinstance(node, cst.Attribute):
        # The receiver is an index or a call: x.args[0].op.name.
        text = f"{node.value.attr.value}.{node.attr.value}" if isinstance(node.value, cst.Attribute) else ""
    return text.endswith(("op.name", "op_name", "op_type"))


@lru_cache(maxsize=2)
def op_parameters(file: SourceFile) -> Mapping[str, frozenset[int]]:
    """By the name of a function of the file, the places of its parameters that take names of operators."""
    names = [item.name.value for item in file.functions]
    own = {item.name.value: item for item in file.functions if names.count(item.name.value) == 1}
    found: dict[str, set[int]] = {name: set(_compared(item)) for name, item in own.items()}
    found = {name: places for name, places in found.items() if places}
    again = bool(found)
    while again:
        again = False
        for call, callee, shift in _calls(file):
            if callee not in found:
                continue
            maker = file.around(call, cst.FunctionDef)
            while isinstance(maker, cst.FunctionDef):
                if maker is own.get(maker.name.value):
                    new = {
                        place for place in _handed_on(call, shift, found[callee], own[callee], maker)
                        if place not in found.get(maker.name.value, set[int]())
                    }  # fmt: skip
                    if new:
                        found.setdefault(maker.name.value, set()).update(new)
                        again = True
                maker = file.around(maker, cst.FunctionDef)
    return {name: frozenset(places) for name, places in found.items()}


def op_arguments(file: SourceFile) -> Iterator[cst.BaseExpression]:
    """What is given for such parameters, where the functions are called and where they are bound by partial."""
    places = op_parameters(file)
    own = {item.name.value: item for item in file.functions if item.name.value in places}
    for call, callee, shift in _calls(file) if places else ():
        for place in places.get(callee, ()):
            value = _given(call, shift, place, own[callee])
            if value is not None:
                yield value


def _calls(file: SourceFile) -> Iterator[tuple[cst.Call, str, int]]:
    """Calls of functions by name, and at which argument theirs begin."""
    for call in file.calls:
        if any(arg.star for arg in call.args):
            continue
        if isinstance(call.func, cst.Name):
            first = call.args[0].value if call.args else None
            if file.name_of(call.func) == "functools.partial" and isinstance(first, cst.Name):
                yield call, first.value, 1
            else:
                yield call, call.func.value, 0


def _given(call: cst.Call, shift: int, place: int, function: cst.FunctionDef) -> cst.BaseExpression | None:
    plain = [arg.value for arg in call.args if arg.keyword is None][shift:]
    if place < len(plain):
        return plain[place]
    name = function.params.params[place].name.value
    return next((arg.value for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)


def _handed_on(
    call: cst.Call, shift: int, places: set[int], callee: cst.FunctionDef, maker: cst.FunctionDef
) -> Iterator[int]:
    """The parameters of the function around a call that it gives on as names of operators."""
    own = [item.name.value for item in maker.params.params]
    for place in places:
        value = _given(call, shift, place, callee)
        if isinstance(value, cst.Name) and value.value in own:
            yield own.index(value.value)


def _compared(function: cst.FunctionDef) -> Iterator[int]:
    params = [item.name.value for item in function.params.params]
    for node in m.findall(function.body, m.Comparison()):
        assert isinstance(node, cst.Comparison)
        sides = [node.left, *(item.comparator for item in node.comparisons)]
        if any(says_op(side) for side in sides):
            for side in sides:
                if isinstance(side, cst.Name) and side.value in params:
                    yield params.index(side.value)
