"""The Python examples of pages that promise it run as they stand, one after the other."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = (
    "explanation/relax.md",
    "explanation/relay.md",
    "howto/move_a_pipeline.md",
    "howto/see_it_in_the_browser.md",
    "howto/test_a_fork.md",
    "reference/python.md",
    "tutorial/move_a_pipeline.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_examples_run(page: str, root: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (root / "docs" / page).read_text(), re.DOTALL)
    assert blocks
    subprocess.run([sys.executable, "-c", "\n".join(blocks)], cwd=root, check=True)
