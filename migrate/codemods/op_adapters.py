"""Functions with the parameters of Relay's operators that call those of Relax: for operators that are passed on as
values, or called with arguments that are known at run time only.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from migrate.codemods.op_calls import EMPTY_MEANS_NONE, OpCall, negated, pairs

_EXACT = (negated, pairs)
"""Ways to write a value that need not see it."""
_SAID = {
    "exclude": (
        "    if exclude and axis is not None:",
        "        rank = as_function(data).body.{type}.ndim",
        "        given = [place % rank for place in ([axis] if isinstance(axis, int) else axis)]",
        "        axis = [place for place in range(rank) if place not in given]",
    ),
    "num_newaxis": ("    axis = [axis + more if axis >= 0 else axis - more for more in range(num_newaxis)]",),
}
"""Lines that turn what a parameter says into the axes that Relax asks for: a list, so not for argmax of one axis."""
_OF_AXES = frozenset({"strides", "padding", "output_padding", "dilation", "pool_size", "kernel_size"})
"""Parameters that say one number for all axes, or one for each."""
_FLAGS = frozenset({"exclude", "keepdims"})
"""Flags of reductions, which are numbers in older code."""
_WIDTH = 100
"""The longest line that is written, as TVM has it."""


def adapter(name: str, row: OpCall, old: Sequence[str], new: Sequence[str]) -> tuple[str, str] | None:
    """The name and the text of such a function, with ``{relax}`` in it; None where there is no exact one.

    ``name``: the operator of Relay's, below ``tvm.relay``; ``old``, ``new``: the parameters on both sides.
    """
    arguments = [] if row.note else _arguments(row, old, new)
    if not arguments:
        return None
    own = f"relay_{name.rpartition('.')[2]}"
    call = _listed(f"{{relax}}.op.{row.relax}(", arguments, "    ")
    around = row.around.replace("{op}", "{relax}.op").replace("{call}", call) if row.around else call
    there = {item.partition("=")[0] for item in old}
    lines = [
        _listed(f"def {own}(", list(map(_said, old)), "") + ":",
        f'    """relax.op.{row.relax} with the parameters of relay.{name}."""',
        *(line for item, allowed in row.only.items() if item in there for line in _checked(item, allowed, row)),
        f"    return {around}",
    ]
    return own, "\n".join(lines).replace("'", '"') + "\n"


def _said(item: str) -> str:
    """A parameter; where Relay takes more than its default tells a type checker, with what it takes."""
    name, _, default = item.partition("=")
    if name in _FLAGS:
        return f'{name}: "bool | int" = {default}'
    return f'{name}: "int | tuple | list" = {default}' if default.isdecimal() and name in _OF_AXES else item


def _listed(start: str, items: Sequence[str], indent: str) -> str:
    """Items in parentheses that ``start`` opens, on lines of their own where one line does not hold them."""
    whole = f"{start}{', '.join(items)})"
    if len(indent) + len(whole) < _WIDTH:
        return whole
    lines = [f"{indent}   "]
    for item in items:
        if len(lines[-1]) + len(item) > _WIDTH - 3:
            lines.append(f"{indent}   ")
        lines[-1] += f" {item},"
    return "\n".join([start, *lines, f"{indent})"])


def _arguments(row: OpCall, old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The arguments of the call inside; none where one of them cannot be told."""
    names = [item.partition("=")[0] for item in new]
    found: list[str] = []
    in_order, given = True, set[str]()
    for index, item in enumerate(old):
        name, _, default = item.partition("=")
        there = row.new_name(index, name, new)
        if there is None:
            in_order = False
            continue
        value = row.values.get(name)
        if name.startswith("*") or "..." in default or there not in names or (value and value not in _EXACT):
            return []
        text = _code(value(cst.Name(name))) if value else f"{name} or None" if name in EMPTY_MEANS_NONE else name
        in_order = in_order and names[index] == there
        found.append(text if in_order else f"{there}={text}")
        given.add(there)
    return [*found, *(f"{key}={text}" for key, text in row.fixed.items() if key in names and key not in given)]


def says(row: OpCall, names: Sequence[str]) -> bool:
    """Whether such a function does what these parameters say, though the operator of Relax does not have them."""
    return all(name in _SAID and (name != "exclude" or not row.around) for name in names)


def _checked(name: str, allowed: Sequence[str], row: OpCall) -> Sequence[str]:
    """The lines that do what a parameter says which Relax does not have, or refuse values that it cannot say."""
    if says(row, (name,)):
        return _SAID[name]
    values = list(dict.fromkeys(item.replace("'", '"') for item in allowed))
    asked = f"not in ({', '.join(values)})" if len(values) > 1 else f"!= {values[0]}"
    asked = asked.replace("!= None", "is not None")
    return (
        f"    if {name} {asked}:",
        f'        raise NotImplementedError(f"relax.op.{row.relax} has nothing for {name}={{{name}}}")',
    )


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)
