"""Write the scores of the recorded passes into tests/corpus/scores.json: python tests/support/write_pass_scores.py."""

import json
from pathlib import Path

import recorded
import recorded_relax_passes
from recorded_passes import scores

from relay_compat.transform.registry import NAMES, find

SCORES = Path(__file__).resolve().parent.parent / "corpus" / "scores.json"


def main() -> None:
    makers = {name: found for name in NAMES if (found := find(name)) is not None}
    stored = json.loads(SCORES.read_text())
    stored["passes"] = scores(recorded.Corpus(recorded.path("passes")), makers)
    relax = recorded.Corpus(recorded.path("relax_passes"))
    stored["relax_passes"] = recorded_relax_passes.scores(relax)
    stored["relax_pass_arguments"] = recorded_relax_passes.arguments_from(relax)
    SCORES.write_text(json.dumps(stored, indent=2) + "\n")


if __name__ == "__main__":
    main()
