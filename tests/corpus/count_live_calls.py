"""Count the drawn calls, one for each of Relay's operators and outcomes of its conversion, that real TVM computes.

    python tests/corpus/count_live_calls.py          both releases; writes scores.json
    python tests/corpus/count_live_calls.py 0.19     one, nothing is written

Needs the environments of `python -m oracle.environments`. Whatever is not right and not listed in
live_call_exceptions.tsv is printed, with TVM's message.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import live_calls
from mapping_page import SCORES

from oracle import Oracle


def main(targets: list[str]) -> int:
    told, unexplained = {}, 0
    for target in targets or live_calls.TARGETS:
        known, right, total = live_calls.exceptions(), 0, 0
        with Oracle(target) as tvm:
            for made in live_calls.samples(target):
                total += 1
                fault = live_calls.fault(made, tvm)
                right += not fault
                if fault and live_calls.key(target, made) not in known:
                    unexplained += 1
                    print(*live_calls.key(target, made), made.call, fault, sep="\t")
        told[target] = f"{right} of {total}"
        print(target, told[target])
    if not targets and not unexplained:
        scores = json.loads(SCORES.read_text())
        SCORES.write_text(json.dumps({**scores, "live calls": told}, indent=2) + "\n")
    return int(unexplained > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
