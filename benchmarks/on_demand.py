"""The loop of a process that is measured beside others: it runs when it is told to, so that they can take turns.

The Pythons of peers run this too: it needs nothing but the standard library.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(told: Any, run: Callable[[], Any], save: Callable[[], None]) -> None:
    """Print what is ``told`` first, as JSON. Then, for each line of standard input, the wall seconds of the second of
    two runs; after the line "out" ``save`` what the last run gave.
    """
    print(json.dumps(told), flush=True)
    for line in sys.stdin:
        if line.strip() == "out":
            save()
            print("{}", flush=True)
            continue
        # Caches and threads are another peer's until now.
        run()
        start = time.perf_counter()
        run()
        print(json.dumps(time.perf_counter() - start), flush=True)
