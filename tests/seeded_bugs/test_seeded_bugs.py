"""Every seeded bug is seen by its property within its number of programs, and the right version never fails on them.

The table is written by measure.py.
"""

import pytest
from faults.catalogue import bugs
from faults.frame import Bug, hunt
from measure import rows

BUGS = {bug.number: bug for bug in bugs()}
TABLE = {row["bug"]: row for row in rows()}
SLACK = 60
"""Programs beside the measured number: the generator moves on, and with it which seed shows what."""


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS.keys())
def test_bug_is_killed(bug: Bug) -> None:
    most = 3 * int(TABLE[bug.number]["most"]) + SLACK
    found = hunt(bug, most)
    assert not found.alarms, found.alarms[0]
    assert found.programs is not None, f"{bug.fault}: not seen in {most} programs"


def test_catalogue_is_complete() -> None:
    assert list(BUGS) == [*map(str, range(1, 49)), *(f"c{number}" for number in range(1, 17))]
    assert set(TABLE) == set(BUGS)


def test_table_says_what_is_claimed() -> None:
    programs = sorted(int(row["programs"]) for row in TABLE.values())
    assert programs[len(programs) // 2] <= 200
    assert not any(int(row["alarms"]) for row in TABLE.values())
