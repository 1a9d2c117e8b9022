"""What pytest finds when relay2relax is installed (entry point ``pytest11``): the fixture ``assert_equivalent``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from migrate.verify.verdict import Verdict


@pytest.fixture(scope="session")
def assert_equivalent() -> Callable[..., Verdict]:
    """:func:`relay2relax.testing.assert_equivalent`: asserts that two programs compute the same."""
    # Loaded by the tests that ask for it: a plugin is imported in every run of pytest.
    from relay2relax.testing import assert_equivalent

    return assert_equivalent
