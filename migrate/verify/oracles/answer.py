"""What an oracle is: an outside party that is given a program with inputs and says what comes out."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from migrate.values import Array
from migrate.verify.generate.program import Program
from migrate.verify.oracles.errors import OracleCrashed, OracleError, OracleTimeout


class Failure(enum.Enum):
    """Why there are no outputs."""

    UNASKED = "not asked"
    """The program has no form for this oracle."""
    RAISED = "raised"
    CRASHED = "crashed"
    LATE = "no answer in time"


@dataclass(frozen=True, slots=True)
class Answer:
    """The leaves of a result; or why there are none: ``failure``, the error's class and its message."""

    outputs: tuple[Array, ...] = ()
    failure: Failure | None = None
    kind: str = ""
    message: str = ""

    def __bool__(self) -> bool:
        """Whether there are outputs to compare."""
        return self.failure is None


class Oracle(Protocol):
    """Answers programs. ``name`` says who it is and how it was asked."""

    @property
    def name(self) -> str:
        """Who answers, and how: "TVM 0.19, vm"."""
        ...

    def answer(self, program: Program) -> Answer:
        """What the program's ``main`` gives on its arguments. Raises only OracleMissing."""
        ...

    def close(self) -> None:
        """Ends its process, if it has one."""
        ...


def answered(ask: Callable[[], list[Array]]) -> Answer:
    """The answer to one question put to a process, its failures as data."""
    try:
        return Answer(tuple(ask()))
    except OracleError as error:
        return Answer(failure=Failure.RAISED, kind=error.kind, message=telling(f"{error.message}\n{error.log}"))
    except OracleCrashed as error:
        return Answer(failure=Failure.CRASHED, kind=f"exit code {error.returncode}", message=telling(error.log))
    except OracleTimeout as error:
        return Answer(failure=Failure.LATE, message=str(error))


def telling(text: str, width: int = 300) -> str:
    """The line of a native error that says most."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("File ")]
    marks = ("Error", "error:", "Check failed", "not ", "fail")
    found = [line for line in lines if any(mark in line for mark in marks)]
    return " | ".join(dict.fromkeys((found or lines)[:3]))[:width]
