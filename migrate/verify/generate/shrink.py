"""A small program that fails as a seed's does: hypothesis takes over the seed's choices and reduces them.

Seeds are the better search, since hypothesis spends most of its programs on variations of those before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.database import InMemoryExampleDatabase, choices_to_bytes
from hypothesis.errors import Flaky, NoSuchExample

from migrate.verify.generate.choices import Choices, of_seed
from migrate.verify.generate.draw import SIZE, draw_program, programs
from migrate.verify.generate.features import EVERYTHING, Feature
from migrate.verify.generate.productions import PRODUCTIONS, Production
from migrate.verify.generate.program import Program
from migrate.verify.generate.skeletons import SKELETONS, Skeleton

_KEY = b"seed"
_UNREDUCED = _KEY + b".secondary"
"""Where hypothesis looks for what it has not reduced yet."""


def smallest(
    seed: int | str,
    fails: Callable[[Program], bool],
    size: int = SIZE,
    table: Sequence[Production] = PRODUCTIONS,
    features: Iterable[Feature] = EVERYTHING,
    skeletons: Sequence[Skeleton] = SKELETONS,
    checks: int = 1000,
) -> Program:
    """The smallest program found that ``fails``, from the program of a seed, drawn with the same options, in so many
    checks. That program itself where it does not fail again.
    """
    asked = 0

    def limited(program: Program) -> bool:
        nonlocal asked, best
        asked += 1
        if asked <= checks and fails(program):
            best = program
            return True
        return False

    recorded: list[int | bytes] = []
    best = draw_program(_recording(of_seed(seed), recorded), size, table, features, skeletons)
    database = InMemoryExampleDatabase()
    database.save(_UNREDUCED, choices_to_bytes(recorded))
    ignored = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    with leaving_no_files(), suppress(NoSuchExample, Flaky):
        find(
            programs(size, table, features, skeletons),
            limited,
            settings=settings(
                database=database,
                phases=(Phase.reuse, Phase.shrink),
                deadline=None,
                suppress_health_check=ignored,
            ),
            database_key=_KEY,
        )
    return best


@contextmanager
def leaving_no_files() -> Generator[None]:
    """Within the block hypothesis keeps its cache in a temporary folder, not in the working directory."""
    with tempfile.TemporaryDirectory(prefix="relay2relax-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def _recording(source: Choices, into: list[int | bytes]) -> Choices:
    def integer(low: int, high: int) -> int:
        into.append(source.integer(low, high))
        return int(into[-1])

    def data(size: int) -> bytes:
        found = source.data(size)
        into.append(found)
        return found

    return Choices(integer, data)
