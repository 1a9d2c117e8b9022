"""Collect public Python that was written against Relay, for `measure.py`.

    python tests/forks/collect.py FILES.tsv MIRRORS FOLDER

FILES.tsv has the columns repo, ref, blob (where it is empty, what REF has is taken), path, status and kinds; MIRRORS
holds for each repository a folder OWNER+NAME with its git directory. The files go to FOLDER/OWNER+NAME/REF/PATH, with
an `index.json` beside them. They belong to their authors: nothing of them is committed here.
"""

import csv
import json
import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Write the folder; tells which files no mirror has."""
    table, mirrors, folder = map(Path, sys.argv[1:4])
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    index: list[dict[str, str]] = []
    missing = 0
    for row in rows:
        data = _blob(mirrors / row["repo"].replace("/", "+"), row["blob"] or f"{row['ref']}:{row['path']}")
        if data is None:
            missing += 1
            continue
        place = Path(row["repo"].replace("/", "+"), row["ref"].replace("/", "_"), row["path"])
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        index.append({name: row[name] for name in ("repo", "path", "status", "kinds")} | {"file": place.as_posix()})
    (folder / "index.json").write_text(json.dumps(index, indent=1) + "\n")
    print(f"{len(index)} files of {len({item['repo'] for item in index})} repositories; {missing} are in no mirror")
    return 0


def _blob(mirror: Path, blob: str) -> bytes | None:
    for folder in (mirror, *sorted(mirror.glob("*")), *sorted(mirror.glob("*/.git"))):
        if not (folder / "objects").is_dir():
            continue
        done = subprocess.run(
            ["git", f"--git-dir={folder}", "cat-file", "blob", blob], capture_output=True, check=False
        )
        if done.returncode == 0:
            return done.stdout
    return None


if __name__ == "__main__":
    sys.exit(main())
