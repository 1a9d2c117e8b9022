"""What runs do beside computing, in order: references that are made, read and written, and what is printed. Whatever
runs programs of either IR does these here.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from tensor_core.data_values import DataValue, RefValue

NEW, READ, WRITE, PRINT = "new", "read", "write", "print"


@dataclass(frozen=True, slots=True)
class Event:
    """One effect: what is done, about which reference, by the order in which they turn up, or text; and the form of the
    values, which is their types, but not their numbers: rounding may move these.
    """

    kind: str
    about: int | str
    form: str

    def __str__(self) -> str:
        return f"{self.kind} {self.about} {self.form}"


class Trace:
    """The effects of a run."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._numbers: dict[RefValue, int] = {}

    def add(self, kind: str, about: RefValue | str, value: Any) -> None:
        """One more."""
        number = about if isinstance(about, str) else self._numbers.setdefault(about, len(self._numbers))
        self.events.append(Event(kind, number, _form(value)))


_TRACE: ContextVar[Trace | None] = ContextVar("trace", default=None)


@contextmanager
def traced() -> Generator[Trace]:
    """In the block, effects are written down."""
    trace = Trace()
    token = _TRACE.set(trace)
    try:
        yield trace
    finally:
        _TRACE.reset(token)


def tell(kind: str, about: RefValue | str, value: Any) -> None:
    """An effect is done."""
    trace = _TRACE.get()
    if trace is not None:
        trace.add(kind, about, value)


def new(value: Any) -> RefValue:
    """A new reference."""
    made = RefValue(value)
    tell(NEW, made, value)
    return made


def read(reference: RefValue) -> Any:
    """What a reference holds."""
    tell(READ, reference, reference.value)
    return reference.value


def write(reference: RefValue, value: Any) -> None:
    """Let a reference hold another value."""
    tell(WRITE, reference, value)
    reference.value = value


def _form(value: Any) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_form, cast('tuple[Any, ...]', value)))})"
    if isinstance(value, np.ndarray):
        array = cast("np.ndarray[Any, Any]", value)
        return f"{array.dtype}{list(array.shape)}"
    if isinstance(value, DataValue):
        return value.name
    return "a reference" if isinstance(value, RefValue) else "a function" if callable(value) else type(value).__name__
