"""Whether two programs fail in the same way: same outcome, same key. What a property raises is a failure, too."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from migrate.verify.generate.program import Program
from migrate.verify.properties.property import Check, Property
from migrate.verify.verdict import Outcome
from tensor_core.collection import collection_paused

_PACKAGES = ("migrate", "relay_compat", "relax_core", "cpu_backend", "tensor_core")
_OURS = ("migrate.verify.reduce", "migrate.verify.campaign")


class TooSlow(BaseException):
    """A check took longer than it may. Not an Exception, so that no check takes it for a failure of its own."""


def examine(subject: Property, program: Program, seconds: float | None = None) -> Check:
    """What the property finds. An exception, which it should not raise, is a failure whose key says where it came
    from. TooSlow after ``seconds``, of which only the main thread keeps count.
    """
    try:
        with collection_paused(), _at_most(seconds):
            return subject.check(program)
    except MemoryError:
        return Check(Outcome.DIFFERENT, "out of memory", f"{subject.name}: out of memory")
    except Exception as error:
        key = f"{subject.name}: {type(error).__name__} in {origin(error)}"
        return Check(Outcome.DIFFERENT, "".join(traceback.format_exception(error)), key)


def same_failure(a: Check, b: Check) -> bool:
    """Whether two checks found the same: the outcome, and the key of :class:`Check`."""
    return a.outcome is b.outcome and a.key == b.key


def origin(error: Exception) -> str:
    """The innermost function of this project that an exception went through."""
    place = "elsewhere"
    for frame, _ in traceback.walk_tb(error.__traceback__):
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] in _PACKAGES and not module.startswith(_OURS):
            place = f"{module}.{frame.f_code.co_name}"
    return place


@contextmanager
def _at_most(seconds: float | None) -> Generator[None]:
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: FrameType | None) -> Any:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
