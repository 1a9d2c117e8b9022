"""Count what each of Relay's operators becomes in Relax, beside the table of operators that mean the same.

    python tests/corpus/count_mapping.py             all of them; writes scores.json and docs/reference/mapping.md
    python tests/corpus/count_mapping.py NAME ...    what becomes of drawn calls of single operators, nothing is written

Numbers that fall are an error and nothing is written. An operator that no drawn call maps as the table says needs a
cause in mapping_causes.tsv.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import mapping
from mapping_page import PAGE, SCORES, SECTION, page, summary

DRAWS = 60
SHARES = ("0.27", "0.19", "portable")


def tensor_programs(told: Any) -> dict[str, float]:
    """By target, the share of calls that become tensor programs, to a tenth of a percent."""
    return {target: round(count / told["calls"][target], 3) for target, count in told["call_tir"].items()}


def main(names: list[str]) -> int:
    found = {target: mapping.survey(target, DRAWS, frozenset(names) or None) for target in mapping.TARGETS}
    if names:
        for target, items in found.items():
            for item in items:
                print(f"{target} {item.relay}: {item.mapped} of {item.calls.total()} by {item.expected.relax}")
                for (outcome, said, reason), count in item.calls.most_common():
                    print(f"    {count} {outcome.value}: {', '.join(said)} {reason}")
        return 0
    causes = mapping.causes()
    missing = [
        f"{target} {item.relay}"
        for target, items in found.items()
        for item in items
        if item.expected.kind in mapping.ONE and not item.mapped and (target, item.relay) not in causes
    ]
    if missing:
        print("no cause is stated for:", *missing, sep="\n")
        return 1
    shares = {target: mapping.shares(target) for target in SHARES}
    scores = json.loads(SCORES.read_text())
    told = summary(found, shares)
    before = scores.get(SECTION, {})
    fallen = [key for key, value in told["mapped"].items() if value < before.get("mapped", {}).get(key, 0)]
    # A share, since a module more that converts brings its tensor programs along.
    shares_before = tensor_programs(before) if before else {}
    risen = [key for key, share in tensor_programs(told).items() if share > shares_before.get(key, share)]
    if fallen or risen:
        print("fewer are mapped, or more are tensor programs:", *fallen, *risen)
        return 1
    SCORES.write_text(json.dumps({**scores, SECTION: told}, indent=2) + "\n")
    PAGE.write_text(page(found, told))
    print(json.dumps(told, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
