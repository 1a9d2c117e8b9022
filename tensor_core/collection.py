"""Python's cyclic garbage collector held back while a program is being built."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Generator[None]:
    """No cyclic collection inside.

    Readers and compilers make a great many objects that all stay until they are done; the collector would walk them
    again and again and free nothing, which costs a quarter of the time of reading a program of 50,000 operators, and a
    tenth of that of converting and compiling one of ten.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
