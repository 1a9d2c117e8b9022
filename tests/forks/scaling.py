"""How long `relay2relax port` takes for a folder of public Python by the number of its processes (`--jobs`).

    PYTHONPATH=tests/forks python tests/forks/scaling.py FOLDER [--kinds dpl] [--jobs 1,2]

FOLDER is what `collect.py` makes. Files are ported as the command does it, nothing is written but the seconds; run it
where nothing else does, since processes that wait for each other say nothing.
"""

import argparse
import json
import os
import time
from pathlib import Path

from places import places_of

from migrate.codemods.batch import Settings, port_all
from migrate.codemods.driver import Options
from migrate.codemods.target import target_named

HERE = Path(__file__).parent


def seconds(paths, places, settings, jobs):
    """How long all files take with so many processes; also how many were ported."""
    start = time.monotonic()
    outcomes = port_all(paths, settings, places, jobs)
    return time.monotonic() - start, sum(outcome.ported is not None for outcome in outcomes)


def main():
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kinds", default="dpl")
    parser.add_argument("--jobs", default="1,2")
    parser.add_argument("--target", default="0.27")
    parser.add_argument("--output", type=Path, default=HERE / "scaling.json")
    given = parser.parse_args()
    rows = json.loads((given.folder / "index.json").read_text())
    rows = [row for row in rows if set(row["kinds"].split(",")) & set(given.kinds.split(","))]
    known = places_of(given.folder)
    places = {given.folder / row["file"]: known[row["file"]] for row in rows}
    settings = Settings(Options(target_named(given.target), todo=True, rest=True))
    lines = sum(path.read_bytes().count(b"\n") for path in places)
    took = {}
    for jobs in map(int, given.jobs.split(",")):
        took[str(jobs)], ported = seconds(list(places), places, settings, jobs)
        print(f"{jobs} jobs: {took[str(jobs)]:.1f} s, {ported} of {len(places)} files")
    found = {
        "target": given.target,
        "kinds": given.kinds,
        "files": len(places),
        "lines": lines,
        "cores": os.cpu_count(),
        "seconds": {jobs: round(value, 1) for jobs, value in took.items()},
    }
    given.output.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
