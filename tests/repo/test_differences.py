"""The page of TVM's differences is made of the scripts."""

from pathlib import Path

from tvm_differences import differences, page


def test_the_page_is_fresh(root: Path) -> None:
    found = (root / "docs" / "reference" / "tvm_differences.md").read_text("utf-8")
    assert found == page(), "run python tests/support/tvm_differences.py"


def test_the_scripts_need_nothing_but_tvm() -> None:
    assert len(differences()) >= 3
    for each in differences():
        assert "relay2relax" not in each.code
        assert "migrate" not in each.code
