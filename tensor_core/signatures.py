"""Python arguments bound to the signature of a function that builds calls; what does not fit is refused with a code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import BoundArguments, Parameter, Signature
from typing import Any

from tensor_core import codes
from tensor_core.diagnostics import did_you_mean, fail


def bound(name: str, signature: Signature, args: Sequence[Any], keywords: Mapping[str, Any]) -> BoundArguments:
    """The arguments of a call of a function, defaults applied.

    R2R0105 for a keyword that the function does not have, R2R0201 for arguments that are missing, too many or given
    twice; both are TypeErrors, too, as Python's own.
    """
    try:
        result = signature.bind(*args, **keywords)
    except TypeError as error:
        raise _refused(name, signature, keywords, str(error)) from None
    result.apply_defaults()
    return result


def _refused(name: str, signature: Signature, keywords: Mapping[str, Any], problem: str) -> Exception:
    parameters = signature.parameters
    open_ended = any(item.kind is Parameter.VAR_KEYWORD for item in parameters.values())
    unknown = [] if open_ended else [key for key in keywords if key not in parameters]
    if unknown:
        hint = did_you_mean(unknown[0], parameters) or f"it has: {', '.join(parameters)}"
        return fail(codes.BAD_ATTRIBUTE, f"{name} has no argument {unknown[0]}", hint=hint)
    return fail(codes.ARITY, f"{name}: {problem}", hint=f"it takes: {', '.join(parameters)}")
