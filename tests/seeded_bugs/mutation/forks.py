"""What a function answers in a process of its own, in which a mutant may do what it likes."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

CPU_SECONDS = 150
WALL_SECONDS = 900
MEMORY = 4 << 30
"""Beyond what the process that forks has."""
_ANSWER = 1 << 20


def in_fork(run: Callable[[], str]) -> str:
    """The answer; of a process that raised, or was stopped at a limit, how it ended."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        os.write(write, _answer(run).encode()[:_ANSWER])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        text = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status):
        return text
    ended = os.WTERMSIG(status)
    late = ended in (signal.SIGXCPU, signal.SIGALRM)
    return "takes too long" if late else f"ends with {signal.Signals(ended).name}"


def _answer(run: Callable[[], str]) -> str:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    most = _address_space() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.alarm(WALL_SECONDS)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            return run()
        except BaseException as error:
            return f"raises {type(error).__name__}"


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
