"""The Python signatures of tvm.relax.op by release, as real TVM has them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from inspect import Parameter, Signature
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Recorded:
    """One function: the operator it calls, and its signature."""

    path: str
    op: str
    signature: Signature


@cache
def recorded(path: str, release: str) -> Recorded | None:
    """The function of this path under tvm.relax.op ("nn.conv2d") in a release; None when it has none."""
    row = _table().get(path)
    if row is None:
        return None
    wanted = _version(release)
    found = [params for since, params in row["since"] if _version(since) <= wanted]
    return Recorded(path, row["op"], Signature([_parameter(*item) for item in found[-1]])) if found else None


def paths() -> list[str]:
    """Every path that some release has."""
    return list(_table())


@cache
def _table() -> dict[str, Any]:
    return json.loads(files("relax_core.op").joinpath("signatures.json").read_text("utf-8"))


def _parameter(name: str, default: Any = Parameter.empty) -> Parameter:
    if name.startswith("*"):
        return Parameter(name[1:], Parameter.VAR_POSITIONAL)
    kind = Parameter.KEYWORD_ONLY if name.startswith("=") else Parameter.POSITIONAL_OR_KEYWORD
    return Parameter(name.lstrip("="), kind, default=_constant(default))


def _constant(value: Any) -> Any:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


def _version(release: str) -> tuple[int, ...]:
    return tuple(map(int, release.split(".")))
