"""Fixtures that all tests share."""

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import recorded
from hypothesis import settings

if TYPE_CHECKING:
    from oracle import Oracle

ROOT = Path(__file__).resolve().parent.parent

# No test runs machine code that another one, or another version, left on disk.
os.environ["RELAY2RELAX_CACHE"] = "off"

# The same examples on each run, unless somebody looks for new ones. No deadlines: a kernel's first run compiles it.
settings.register_profile("repeatable", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("explore" if os.environ.get("RELAY2RELAX_EXPLORE") == "1" else "repeatable")


def _make_importable(name: str) -> None:
    """Makes one package of the repository's root importable, without the product packages beside it."""
    init = ROOT / name / "__init__.py"
    spec = importlib.util.spec_from_file_location(name, init, submodule_search_locations=[str(init.parent)])
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


_make_importable("oracle")


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def corpus() -> Iterator[Callable[[str], recorded.Corpus]]:
    """`corpus("models")` opens one collection of recorded cases, ../shared/corpus/models.zip.

    Without it the test is skipped, or fails where RELAY2RELAX_REQUIRE_CORPUS=1 says that the cases must be there.
    """
    opened: dict[str, recorded.Corpus] = {}

    def find(name: str) -> recorded.Corpus:
        if not recorded.path(name).exists():
            told = f"recorded cases are missing: {recorded.path(name)}"
            if recorded.required():
                pytest.fail(told)
            pytest.skip(told)
        if name not in opened:
            opened[name] = recorded.Corpus(recorded.path(name))
        return opened[name]

    yield find
    for each in opened.values():
        each.close()


@pytest.fixture(scope="session")
def tvm() -> Iterator[Callable[[str], "Oracle"]]:
    """`tvm("0.27")` is a running real TVM, one per release. For tests marked `oracle`."""
    from oracle import Oracle

    started: dict[str, Oracle] = {}

    def start(release: str) -> Oracle:
        if release not in started:
            started[release] = Oracle(release)
        return started[release]

    yield start
    for each in started.values():
        each.close()
