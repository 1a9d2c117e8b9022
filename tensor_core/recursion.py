"""Depth for functors that users write as recursive methods: calls go on in a new thread before the stack is full."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import TypeVar

R = TypeVar("R")

CALLS_PER_STACK = 100
"""How many nested visits one stack takes. With eight Python frames for each this stays below Python's own limit."""


def on_new_stack(call: Callable[[], R]) -> R:
    """What ``call`` gives, run to its end on a stack of its own. Context variables go along, exceptions come back."""
    result: list[R] = []
    raised: list[BaseException] = []
    context = copy_context()

    def run() -> None:
        try:
            result.append(context.run(call))
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return result[0]
