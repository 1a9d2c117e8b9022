"""Where a real TVM is wrong: one script each, run by that TVM alone; its docstring says what, where and how."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "oracle" / "differences"


@dataclass(frozen=True)
class Difference:
    """``releases``: those in which it was seen. ``ends``: it ends the process instead of failing its assertion."""

    file: Path
    title: str
    releases: tuple[str, ...]
    where: str
    observed: str
    expected: str
    found_by: str
    ends: bool
    why: str
    code: str


def differences() -> list[Difference]:
    """All of them, those that end the process first."""
    return sorted(map(_read, sorted(FOLDER.glob("*.py"))), key=lambda each: not each.ends)


def _read(file: Path) -> Difference:
    text = file.read_text()
    told = ast.get_docstring(ast.parse(text)) or ""
    title, fields, *rest = told.split("\n\n")
    said = dict(line.split(": ", 1) for line in fields.splitlines())
    code = text.split('"""', 2)[2].strip()
    return Difference(
        file,
        title.rstrip("."),
        tuple(said["releases"].split(", ")),
        said["where"],
        said["observed"],
        said["expected"],
        said["found by"],
        said.get("ends") == "yes",
        "\n\n".join(rest),
        code,
    )


def page() -> str:
    """docs/reference/tvm_differences.md."""
    lines = [
        "# Where real TVM is wrong",
        "",
        "Programs whose results in a released TVM are not what their operators are defined to give, or that end its",
        "process. Each was found by comparing with TVM (`relay2relax fuzz --oracle-python`, the recorded operators,",
        "converted programs run live) and reduced to a script that runs in that TVM alone. The scripts lie in",
        "`tests/oracle/differences`; `tox run -e oracle` runs them in the releases named and fails when one of them is",
        "right by now. This page is made of them by `python tests/support/tvm_differences.py`.",
        "",
        "What this package does instead: see [divergences](../divergences.md).",
        "",
    ]
    for each in differences():
        lines += [f"## {each.title}", ""]
        lines += [each.why, ""] if each.why else []
        lines += ["| | |", "|---|---|"]
        rows = [
            ("TVM", ", ".join(each.releases)),
            ("in", each.where),
            ("observed", each.observed),
            ("expected", each.expected),
            ("found by", each.found_by),
        ]
        lines += [f"| {name} | {value} |" for name, value in rows]
        lines += ["", "```python", each.code, "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def write() -> None:
    """Write the page."""
    (FOLDER.parents[2] / "docs" / "reference" / "tvm_differences.md").write_text(page())


if __name__ == "__main__":
    write()
