"""What print and assert_op say (relax.run.print and relax.run.assert_op in TVM 0.19 to 0.27).

A format is Python's with places only: ``{}`` and ``{0}``. What else Python's formats can do (attributes, widths) is
refused, because a program's text must not be able to ask for more than its values.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from string import Formatter
from typing import Any, cast

import numpy as np

from relax_core.ir.expr import Call
from tensor_core import codes, effects
from tensor_core.diagnostics import fail


def rendered(value: Any) -> str:
    """A value as a message shows it."""
    if isinstance(value, np.ndarray):
        return str(cast("np.ndarray[Any, Any]", value))
    if isinstance(value, tuple):
        return f"({', '.join(map(rendered, cast('tuple[Any, ...]', value)))})"
    return str(value)


def formatted(call: Call, text: str, values: Sequence[Any]) -> str:
    """The values in the places of a format; R2R0602 when it asks for more than places."""
    parts: list[str] = []
    following = 0
    try:
        fields = list(Formatter().parse(text))
    except ValueError as error:
        raise _wrong(call, str(error)) from None
    for literal, field, width, conversion in fields:
        parts.append(literal)
        if field is None:
            continue
        if width or conversion or not (field == "" or field.isdecimal()):
            raise _wrong(call, f"the field {{{field}}} is no place")
        place = int(field) if field else following
        following += field == ""
        if place >= len(values):
            raise _wrong(call, f"there is no value for place {place}")
        parts.append(rendered(values[place]))
    return "".join(parts)


def _wrong(call: Call, problem: str) -> Exception:
    return fail(codes.EXECUTION_FAILED, f"the format cannot be filled in: {problem}", call.span, "use {} or {0}")


def run_print(call: Call, args: Sequence[Any]) -> Any:
    """Write a line to standard output."""
    text, *values = args if args and isinstance(args[0], str) else ("", *args)
    line = formatted(call, text, values) if text else " ".join(map(rendered, values))
    effects.tell(effects.PRINT, text, tuple(values))
    sys.stdout.write(f"{line}\n")
    return ()


def run_assertion(call: Call, args: Sequence[Any]) -> Any:
    """R2R0602 with the message unless the condition holds."""
    condition, *rest = args
    if condition:
        return ()
    text, *values = rest if rest and isinstance(rest[0], str) else ("", *rest)
    message = formatted(call, text, values) if text else ", ".join(map(rendered, values))
    raise fail(codes.EXECUTION_FAILED, message or "Assertion Failed", call.span)
