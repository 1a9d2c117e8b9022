"""What compiles programs, told from above: the IRs lower to :mod:`tensor_core.program` and do not know the compiler."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from tensor_core import codes
from tensor_core.diagnostics import fail

if TYPE_CHECKING:
    from tensor_core.program import Closure, Program


THREADS = "RELAY2RELAX_THREADS"
"""The environment variable with the threads that large kernels run on."""
MEMORY_LIMIT = "RELAY2RELAX_MEMORY_LIMIT"
"""The environment variable with the megabytes that the values of a program may take."""


def told(variable: str) -> int | None:
    """The positive number that an environment variable holds; None where it holds none."""
    text = os.environ.get(variable, "")
    return int(text) or None if text.isascii() and text.isdigit() else None


class Runner(Protocol):
    """A program ready to run."""

    @property
    def references(self) -> tuple[str, ...]:
        """The operators that run by their numpy reference; those of unknown sizes once one has run so."""
        ...

    def run(self, args: Sequence[Any], entry: str = "main") -> Any:
        """The value of a function for arrays, or nested tuples of them."""
        ...

    def apply(self, function: str | Closure, args: Sequence[Any]) -> Any:
        """The value of a function, by name or a function value; arguments may be values that are no data."""
        ...


Compiler = Callable[["Program"], Runner]

_chosen: list[Compiler] = []


def use_compiler(compiler: Compiler) -> None:
    """Compile programs so from now on."""
    _chosen[:] = [compiler]


def compiled(program: Program) -> Runner:
    """The program, compiled. DiagnosticError R2R0606 when nothing that compiles was chosen."""
    if not _chosen:
        hint = "importing migrate chooses the CPU backend; the executor `debug` needs none"
        raise fail(codes.NO_COMPILER, "no compiler for programs was chosen", hint=hint)
    return _chosen[0](program)
