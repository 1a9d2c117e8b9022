"""tvm.script.tir (tvm.script.tirx since TVM 0.24), and tvm.script.parser.tir: tensor programs."""

from __future__ import annotations

from typing import Any

from migrate.alias.lazy import lazy
from migrate.alias.script.scalars import find

_beside = lazy(
    "tvm.script.tir tvm.script.tirx tvm.script.parser.tir tvm.script.parser.tirx",
    {"migrate.alias.script.decorators": "macro prim_func"},
    find,
)


def __getattr__(name: str) -> Any:
    return _beside(name)
