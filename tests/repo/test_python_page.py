"""The example of the Python page runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path


def test_example_runs(root: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (root / "docs/reference/python.md").read_text(), re.DOTALL)
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
