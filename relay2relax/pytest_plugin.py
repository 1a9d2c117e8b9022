"""What pytest finds when relay2relax is installed (entry point ``pytest11``): the fixture ``assert_equivalent``, and
the cards that the configuration beside the tests names.

Every run of pytest imports this, so that all else is imported by the projects and tests that need it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from migrate.verify.verdict import Verdict

_FILES = ("relay2relax.toml", "pyproject.toml")


def pytest_configure(config: pytest.Config) -> None:
    """Have the cards of a project found, as its commands find them; UsageError for a configuration that is none."""
    files = (config.rootpath / name for name in _FILES)
    if not any(file.is_file() and b"ops" in file.read_bytes() for file in files):
        return
    from migrate.cli.config import use_ops_of
    from relay2relax import DiagnosticError

    try:
        use_ops_of(config.rootpath)
    except DiagnosticError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.fixture(scope="session")
def assert_equivalent() -> Callable[..., Verdict]:
    """:func:`relay2relax.testing.assert_equivalent`: asserts that two programs compute the same."""
    from relay2relax.testing import assert_equivalent

    return assert_equivalent
