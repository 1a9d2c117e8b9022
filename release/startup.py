"""How long the commands and imports that everybody waits for take; exits with 1 when one takes longer than it may.

    python release/startup.py [--runs 5]

The fastest of several runs counts, in milliseconds of the wall clock; beside it those of a processor, which stay the
same when the machine has other work.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

LIMITS = {
    "relay2relax --help": (("-m", "migrate.cli", "--help"), 300),
    "import relay_compat": (("-c", "import relay_compat"), 500),
    "import relay2relax": (("-c", "import relay2relax"), 300),
}
"""By what is measured: the arguments of Python, and how many milliseconds it may take."""


def fastest(arguments: tuple[str, ...], runs: int) -> tuple[float, float]:
    """The fastest of some runs, in milliseconds of the wall clock and of a processor; one before them fills caches.

    What is installed is measured, not what lies in the current folder.
    """
    taken: list[tuple[float, float]] = []
    for _ in range(runs + 1):
        start, before = time.perf_counter(), _processor()
        subprocess.run([sys.executable, "-P", *arguments], check=True, stdout=subprocess.DEVNULL)
        taken.append((1000 * (time.perf_counter() - start), 1000 * (_processor() - before)))
    walls, processors = zip(*taken[1:], strict=True)
    return min(walls), min(processors)


def _processor() -> float:
    """Seconds of processors that ended children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    slow = 0
    for name, (arguments, limit) in LIMITS.items():
        wall, processor = fastest(arguments, runs)
        slow += wall > limit
        print(f"{name:<22} {wall:5.0f} ms of {limit}, {processor:.0f} of a processor")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
