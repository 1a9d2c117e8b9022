"""The arguments of a call: by parameter name, and taken out without losing a comment."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst


def bind(call: cst.Call, parameters: Sequence[str]) -> dict[str, cst.Arg] | str:
    """The arguments by the callee's parameter names in the order written, or why they cannot be told."""
    bound: dict[str, cst.Arg] = {}
    for position, argument in enumerate(call.args):
        if argument.star:
            return f"what {argument.star} unpacks is known at run time only"
        name = argument.keyword.value if argument.keyword else _positional(position, parameters)
        if name is None or name not in parameters:
            return f"it has no parameter {name!r}" if name else f"it takes at most {len(parameters)} arguments"
        if name in bound:
            return f"{name} is given twice"
        bound[name] = argument
    return bound


def _positional(position: int, parameters: Sequence[str]) -> str | None:
    return parameters[position] if position < len(parameters) else None


def literal_bool(argument: cst.Arg | None, default: bool) -> bool | None:
    """The value of a flag: ``default`` when it is not given, None when it is not written as True or False."""
    if argument is None:
        return default
    value = argument.value
    return value.value == "True" if isinstance(value, cst.Name) and value.value in ("True", "False") else None


def literal_str(argument: cst.Arg) -> str | None:
    """The value of an argument that is written as one plain string."""
    value = argument.value.evaluated_value if isinstance(argument.value, cst.SimpleString) else None
    return value if isinstance(value, str) else None


def with_arguments(call: cst.Call, kept: Sequence[cst.Arg | None]) -> cst.Call:
    """The call with each argument replaced, or dropped where None stands; comments beside dropped ones stay."""
    before: cst.BaseParenthesizableWhitespace = call.whitespace_before_args
    arguments: list[cst.Arg] = []
    for old, new in zip(call.args, kept, strict=True):
        if new is not None:
            arguments.append(new)
            continue
        has_comma = isinstance(old.comma, cst.Comma)
        after = old.comma.whitespace_after if isinstance(old.comma, cst.Comma) else old.whitespace_after_arg
        if not arguments:
            simple = isinstance(before, cst.SimpleWhitespace) and isinstance(after, cst.SimpleWhitespace)
            before = before if simple or not has_comma else _joined(before, after)
            continue
        last = arguments[-1]
        assert isinstance(last.comma, cst.Comma), "an argument before another one has a comma"
        between = _joined(last.comma.whitespace_after, after)
        if has_comma:
            arguments[-1] = last.with_changes(comma=last.comma.with_changes(whitespace_after=between))
        else:
            arguments[-1] = last.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=between)
    return call.with_changes(args=arguments, whitespace_before_args=before)


def _joined(
    first: cst.BaseParenthesizableWhitespace, second: cst.BaseParenthesizableWhitespace
) -> cst.BaseParenthesizableWhitespace:
    """The white space around something taken out: the second decides what follows, comments of both are kept."""
    if isinstance(second, cst.SimpleWhitespace):
        return first if _comments(first) else second
    if not isinstance(second, cst.ParenthesizedWhitespace) or not isinstance(first, cst.ParenthesizedWhitespace):
        return second
    comment = second.first_line.comment
    moved = [cst.EmptyLine(first.indent, first.last_line, comment)] if comment else []
    return second.with_changes(
        first_line=first.first_line, empty_lines=[*first.empty_lines, *moved, *second.empty_lines]
    )


def _comments(space: cst.BaseParenthesizableWhitespace) -> bool:
    return isinstance(space, cst.ParenthesizedWhitespace) and bool(
        space.first_line.comment or any(line.comment for line in space.empty_lines)
    )
