"""The product and its documentation speak of the product alone, not of where and how it was made."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
FOLDERS = [*PACKAGES, "benchmarks", "docs", "examples"]
TEXTS = {".cfg", ".ini", ".json", ".md", ".py", ".pyi", ".toml", ".txt", ".yaml"}
LARGEST = 1_000_000  # bytes; what is larger is data, not prose
NAMES_OF_TVM = ROOT / "migrate" / "codemods" / "api"

FORBIDDEN = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|root|home)\b"),
    "the host of a package registry": re.compile(r"pypi\.org|pythonhosted|npmjs\.|debian\.org|crates\.io"),
    "a session": re.compile(r"(?<![\".])\bsessions?\b", re.IGNORECASE),
}


def files() -> list[Path]:
    found = [p for p in ROOT.iterdir() if p.is_file()]
    found += [p for folder in FOLDERS for p in (ROOT / folder).rglob("*")]
    found = [p for p in found if NAMES_OF_TVM not in p.parents]
    return [p for p in found if p.suffix in TEXTS and p.is_file() and p.stat().st_size <= LARGEST]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_speaks_of(what: str) -> None:
    hits = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files()
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if FORBIDDEN[what].search(line)
    ]
    assert not hits, "\n".join(hits)
