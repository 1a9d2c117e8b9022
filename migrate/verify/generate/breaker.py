"""What breaks one rule of an IR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tensor_core.diagnostics import Code
from tensor_core.module import IRModule


@dataclass(frozen=True, slots=True)
class Breaker:
    """``broken(module)`` breaks one rule of the module; a verifier reports ``code``, with ``words`` in the message."""

    name: str
    code: Code
    words: str
    broken: Callable[[Any], IRModule]
