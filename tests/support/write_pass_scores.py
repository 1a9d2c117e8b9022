"""Write the scores of the recorded passes into tests/corpus/scores.json: python tests/support/write_pass_scores.py."""

import json
from pathlib import Path

import recorded
import recorded_passes
import recorded_relax_passes
from pass_scores import scores

SCORES = Path(__file__).resolve().parent.parent / "corpus" / "scores.json"


def main() -> None:
    stored = json.loads(SCORES.read_text())
    relax = recorded.Corpus(recorded.path("relax_passes"))
    both = {
        "passes": recorded_passes.results(recorded.Corpus(recorded.path("passes"))),
        "relax_passes": recorded_relax_passes.results(relax),
    }
    for name, (results, left_out) in both.items():
        stored[name] = scores(results)
        stored[f"{name} left out"] = left_out
    stored["passes with options that results tell"] = len(recorded_passes.TOLD)
    stored["relax_pass_arguments"] = recorded_relax_passes.arguments_from(relax)
    SCORES.write_text(json.dumps(stored, indent=2) + "\n")


if __name__ == "__main__":
    main()
