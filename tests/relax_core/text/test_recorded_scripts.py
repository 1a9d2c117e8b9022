"""Scripts that real TVM releases printed are read and printed back byte for byte; scores.json keeps the counts."""

import json
from pathlib import Path

import pytest
import recorded
import recorded_scripts

RELEASES = recorded_scripts.RELEASES


@pytest.mark.parametrize("name", ["own", "own again", "study", "study again", "passes slice"])
def test_as_many_scripts_as_before_are_equal(name: str, root: Path):
    cases = recorded_scripts.collections().get(name)
    if cases is None:
        if recorded.required():
            pytest.fail(f"the recorded scripts are missing: {name}")
        pytest.skip(f"the recorded scripts are missing: {name}")
    least: dict[str, int] = json.loads((root / "tests" / "corpus" / "scores.json").read_text())["relax scripts"][name]
    found = recorded_scripts.score(cases)
    fallen = {key: (found[key], number) for key, number in least.items() if found[key] < number}
    assert not fallen


def test_every_release_is_recorded():
    cases = list(recorded_scripts.own())
    assert {release for _, _, release, _ in cases} == set(RELEASES)
    read = [name for _, printed, _, name in cases if printed is not None]
    assert len(read) > 250
