"""Writes what a campaign checked, found and covered to tests/corpus/trust/NAME.json, for docs/reference/trust.md.

    python tests/corpus/record_campaign.py DIR [NAME]

DIR is the database of a campaign (relay2relax fuzz --database DIR), which must be over. NAME is campaign, or
campaign_all for one with --property all.
"""

import json
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from migrate.verify.generate.coverage import reached

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "corpus" / "trust"


def figures(folder: Path) -> dict:
    """The figures of a database."""
    with closing(sqlite3.connect(folder / "campaign.sqlite")) as connection:
        ((_, plan),) = connection.execute("SELECT * FROM about")
        ((first, end, programs),) = connection.execute(
            "SELECT min(first), max(first + count), sum(programs) FROM batches"
        )
        outcomes: Counter[str] = Counter()
        for _, what, count in connection.execute("SELECT * FROM outcomes"):
            outcomes[what] += count
        counts = Counter({(kind, name): count for kind, name, count in connection.execute("SELECT * FROM coverage")})
        findings = [json.loads(text) for (text,) in connection.execute("SELECT finding FROM findings")]
    fields = json.loads(plan)
    seen = {kind: f"{count:,}" for kind, count in sorted(Counter(kind for kind, _ in counts).items())}
    covered = seen | {kind: f"{some:,} of {whole:,}" for kind, (some, whole) in reached(counts).items()}
    return {
        "seed": fields["seed"],
        "numbers": f"{first} to {end - 1}",
        "properties": fields["properties"],
        "programs": programs,
        "outcomes": dict(sorted(outcomes.items())),
        "findings": sum(finding["outcome"] in ("different", "crashed") for finding in findings),
        "covered": covered,
    }


if __name__ == "__main__":
    name = sys.argv[2] if len(sys.argv) > 2 else "campaign"
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(figures(Path(sys.argv[1])), indent=2) + "\n")
