"""The public names of the frozen IR stay, with their signatures; new ones are added to the list in the same change."""

import runpy
from pathlib import Path

RECORD = Path(__file__).with_name("record.py")


def test_no_public_name_changed() -> None:
    made = runpy.run_path(str(RECORD))
    listed, found = made["NAMES"].read_text().splitlines(), made["names"]().splitlines()
    gone = sorted(set(listed) - set(found))
    assert not gone, f"names or signatures that users rely on: {gone[:20]}"
    new = sorted(set(found) - set(listed))
    assert not new, f"run python tests/relay_compat/frozen/record.py to list {new[:20]}"
