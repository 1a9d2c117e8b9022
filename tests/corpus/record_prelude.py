"""Record digests of the standard definitions of real TVM 0.19, so that those of this project can be compared.

    PYTHON tests/corpus/record_prelude.py PYTHON_WITH_TVM

PYTHON_WITH_TVM writes the modules as JSON; the digests of their functions and definitions go into prelude.tsv.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

WRITE = """
import sys; sys.path.insert(0, sys.argv[1])
import tvm
from tvm import relay
from tvm.relay import prelude
from prelude_modules import modules
for name, module in modules(tvm, relay, prelude).items():
    open(f"{sys.argv[2]}/{name}.json", "w").write(tvm.ir.save_json(module))
"""


def main() -> None:
    from digests import definition, digest

    from relay_compat.json.reader import load_object

    rows: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.argv[1], "-c", WRITE, str(HERE), folder], check=True)
        for path in sorted(Path(folder).glob("*.json")):
            module = load_object(path.read_text())
            for var, function in module.functions.items():
                _add(rows, f"{path.stem}\t@{var.name}", digest(function))
            for data in module.type_definitions.values():
                _add(rows, f"{path.stem}\t{data.header.name}", definition(data))
    (HERE / "prelude.tsv").write_text("".join(f"{name}\t{value}\n" for name, value in sorted(rows.items())))


def _add(rows: dict[str, str], name: str, value: str) -> None:
    """Definitions that the prelude has anyway are listed once."""
    stem, what = name.split("\t")
    if stem.startswith("Static") and rows.get(f"Prelude\t{what}") == value:
        return
    rows[name] = value


main()
