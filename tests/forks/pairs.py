"""What the tool makes of files that upstream's people moved to Relax themselves, beside what they wrote.

    python tests/forks/pairs.py GIT_DIRECTORY_OF_TVM [--write]

Compared are the names of composite patterns, the operators that patterns match, and the functions.
"""

import argparse
import ast
import json
import re
import subprocess
from pathlib import Path

from migrate.codemods.driver import Level, Options, port_source
from migrate.codemods.target import target_named
from migrate.codemods.tree import Place

HERE = Path(__file__).parent
_OLD, _NEW = "v0.18.0:python/tvm/relay/op/contrib", "v0.18.0:python/tvm/relax/backend/contrib"
_TESTS = "v0.18.0:tests/python"
PAIRS = {
    "U1": (f"{_OLD}/cublas.py", f"{_NEW}/cublas.py"),
    "U2": (f"{_OLD}/cutlass.py", f"{_NEW}/cutlass.py"),
    "U3": (f"{_OLD}/cudnn.py", f"{_NEW}/cudnn.py"),
    "U4": (f"{_OLD}/clml.py", "v0.20.0:python/tvm/relax/backend/adreno/clml.py"),
    "U5": (f"{_OLD}/tensorrt.py", "HEAD:python/tvm/relax/backend/contrib/tensorrt.py"),
    "U8": (f"{_TESTS}/relay/test_dataflow_pattern.py", f"{_TESTS}/relax/test_dataflow_pattern.py"),
}  # fmt: skip
OWN = ("not_ported", "fail")
"""Functions of the stand-ins that the tool puts into files."""
COMPOSITE = re.compile(r"(cublas|cutlass|cudnn|clml|openclml|tensorrt)\.[\w.]+$")


def facts(text: str) -> dict[str, list[str]]:
    """Names of composites and of matched operators, and functions, in a file."""
    tree = ast.parse(text)
    found: dict[str, set[str]] = {"composites": set(), "operators": set(), "functions": set()}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if COMPOSITE.match(node.value):
                found["composites"].add(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name not in OWN:
            found["functions"].add(node.name)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "is_op":
            found["operators"] |= {str(item.value) for item in node.args[:1] if isinstance(item, ast.Constant)}
    return {kind: sorted(names) for kind, names in found.items()}


def show(git: str, place: str) -> str:
    """The text of a file at a commit."""
    return subprocess.run(["git", f"--git-dir={git}", "show", place], capture_output=True, check=True, text=True).stdout


def compared(git: str, before: str, after: str) -> dict[str, object]:
    """Both sides of a pair, and what the tool left."""
    path = before.partition(":")[2]
    package = ".".join(Path(path).parent.parts[1:]) if path.startswith("python/") else ""
    text, theirs = show(git, before), show(git, after)
    result = port_source(text, path, None, Options(target_named("0.27"), todo=True, rest=True), Place(package))
    ours_found, theirs_found = facts(result.text), facts(theirs)
    levels = {level.value: sum(item.level is level for item in result.places) for level in Level}
    row: dict[str, object] = {
        "before": before, "after": after, "lines": [text.count("\n"), result.text.count("\n"), theirs.count("\n")],
        "places": levels,
    }  # fmt: skip
    for kind, ours in ours_found.items():
        other = theirs_found[kind]
        row[kind] = {
            "both": sorted({*ours} & {*other}),
            "tool": sorted({*ours} - {*other}),
            "upstream": sorted({*other} - {*ours}),
        }  # fmt: skip
    return row


def main() -> None:
    """Tell, and write `pairs.json`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("git")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows = {name: compared(given.git, *pair) for name, pair in PAIRS.items()}
    print(json.dumps(rows, indent=1))
    if given.write:
        (HERE / "pairs.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
