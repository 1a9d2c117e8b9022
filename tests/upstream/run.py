"""Run TVM's own tests through the alias and count what passes, file by file, beside what real TVM passes.

    python tests/upstream/run.py CHECKOUT [--release 0.26] [--write] [FILE ...]

CHECKOUT is a tree of apache/tvm at the release's tag (v0.19.0, v0.26.0), outside this repository. `scores.tsv` beside
it lists the files with the counts that were reached last; the script ends with 1 when a count is lower than that, and
`--write` stores the new counts. `--base PYTHON` counts with another Python instead, one with that real TVM, and fills
in `base_passed`.
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

SCORES = Path(__file__).with_name("scores.tsv")
FIELDS: tuple[str, ...] = ("release", "file", "class", "base_passed", "collected", "passed")
TIMEOUT = 1800


def read_scores() -> list[dict[str, str]]:
    with SCORES.open(newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def store(rows: list[dict[str, str]]) -> None:
    with SCORES.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def count(checkout: Path, release: str, file: str, base: str | None) -> tuple[int, int]:
    """How many tests of a file are collected and pass; (0, 0) when it cannot be collected or runs too long."""
    # TVM's repository loads its plugin from a conftest.py at its top, which --rootdir alone does not reach.
    plugins = ["-p", "no:cacheprovider", "-p", "tvm.testing.plugin"]
    pytest = ["pytest", "-q", *plugins, "--rootdir", str(checkout), "-c", os.devnull]
    alias = [sys.executable, "-m", "migrate.cli", "as-tvm", "--release", release, "--"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        tail = [*pytest, f"--junitxml={report}", str(checkout / file)]
        environment = {**os.environ, "TVM_NUM_THREADS": "1", "TOPHUB_LOCATION": "NONE"}
        command = [base, "-m", *tail] if base else [*alias, *tail]
        try:
            subprocess.run(command, cwd=folder, env=environment, timeout=TIMEOUT, check=False, capture_output=True)
        except subprocess.TimeoutExpired:
            return 0, 0
        if not report.exists():
            return 0, 0
        cases = list(xml.parse(report).getroot().iter("testcase"))
        passed = sum(not any(case.find(tag) is not None for tag in ("failure", "error", "skipped")) for case in cases)
        return len(cases), passed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("files", nargs="*", help="only these files of scores.tsv, by a part of their name")
    parser.add_argument("--release", default="0.19", help="the release that CHECKOUT is of")
    parser.add_argument("--write", action="store_true", help="store the new counts")
    parser.add_argument("--base", metavar="PYTHON", help="a Python with that real TVM")
    options = parser.parse_args()
    rows = read_scores()
    fallen = 0
    for row in rows:
        if row["release"] != options.release:
            continue
        if options.files and not any(part in row["file"] for part in options.files):
            continue
        collected, passed = count(options.checkout.resolve(), options.release, row["file"], options.base)
        if options.base:
            row["base_passed"] = str(passed)
        else:
            fallen += passed < int(row["passed"])
            row |= {"collected": str(collected), "passed": str(passed)}
            if options.write:
                store(rows)
        print(f"{row['file']:60} class {row['class']}  {passed:4} of {row['base_passed']:>4}", flush=True)
    if options.write:
        store(rows)
    return 1 if fallen and not options.write else 0


if __name__ == "__main__":
    sys.exit(main())
