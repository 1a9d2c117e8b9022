"""An interpreter in which `import tvm` is the alias: what asks a real TVM can be tried without one."""

import sys
from pathlib import Path

import migrate

ALIAS = Path(migrate.__file__).parent / "alias" / "site"


def alias_python(folder: Path, release: str = "0.19") -> Path:
    """A program in `folder` that starts such an interpreter."""
    program = folder / "python"
    source = Path(migrate.__file__).parent.parent
    program.write_text(
        "#!/bin/sh\n"
        f"export PYTHONPATH='{ALIAS}:{source}' RELAY2RELAX_ALIAS_RELEASE={release}\n"
        f"exec '{sys.executable}' \"$@\"\n"
    )
    program.chmod(0o755)
    return program
