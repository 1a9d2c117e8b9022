"""The public names of the frozen IR stay, with their signatures; new ones are added to the list in the same change."""

from record import NAMES, names


def test_no_public_name_changed() -> None:
    listed, found = NAMES.read_text().splitlines(), names().splitlines()
    gone = sorted(set(listed) - set(found))
    assert not gone, f"names or signatures that users rely on: {gone[:20]}"
    new = sorted(set(found) - set(listed))
    assert not new, f"run python tests/relay_compat/frozen/record.py to list {new[:20]}"
