"""Generated programs put to real TVMs, as long as one likes; what differs is written down with who stands alone.

    python -m oracle.campaign --minutes 10 [--seed N] [--size N] [--out FILE.jsonl]

Relay of 0.19 gets each program, Relax of 0.27 and 0.19 what it converts to. A difference is put to all of TVM's
executors and levels. Needs the environments of `python -m oracle.environments 0.19 0.27`.
"""

import argparse
import json
import sys
import time
import warnings
from collections import Counter

from migrate.verify.generate import Program, draw_program
from migrate.verify.generate.choices import of_seed
from migrate.verify.oracles.opinions import Panel, Suspect, opinions
from migrate.verify.oracles.relay_oracle import RelaxOracle, RelayOracle
from oracle.session import Oracle

MEMORY = 6000


def main() -> int:
    """Runs until the time is up. Gives the process's exit code."""
    given = _options()
    relay, new = Oracle("0.19", 120, MEMORY), Oracle("0.27", 120, MEMORY)
    asked = [RelayOracle(relay, "0.19"), RelaxOracle(new, "0.27"), RelaxOracle(relay, "0.19")]
    more = [
        RelayOracle(relay, "0.19", "graph", 0),
        RelayOracle(relay, "0.19", "graph", 3),
        RelayOracle(relay, "0.19", "vm", 3),
        RelayOracle(relay, "0.19", "debug", 0),
    ]
    told: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    end, seed = time.monotonic() + 60 * given.minutes, given.seed
    with relay, new, open(given.out, "a") as out:
        while time.monotonic() < end:
            program = draw_program(of_seed(seed), given.size)
            panel = opinions(program, asked, more)
            told.update([panel.suspect.value, *(f"{each.oracle}: {each.said}" for each in panel.opinions)])
            refusals.update(f"{each.oracle}: {each.answer.message}" for each in panel.opinions if not each.answer)
            if panel.suspect not in (Suspect.NOBODY, Suspect.KNOWN):
                print(json.dumps(_finding(seed, program, panel)), file=out, flush=True)
            seed += 1
    for name, number in sorted(told.items()):
        print(f"{number:6} {name}")
    for message, number in refusals.most_common(20):
        print(f"{number:6} {message[:200]}")
    print(f"programs {seed - given.seed} from seed {given.seed}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=8)
    parser.add_argument("--out", default="findings.jsonl")
    return parser.parse_args()


def _finding(seed: int, program: Program, panel: Panel) -> dict[str, object]:
    said = {each.oracle: [each.said, each.reason or each.answer.message] for each in panel.opinions}
    return {
        "seed": seed,
        "suspect": panel.suspect.value,
        "refused": panel.refused,
        "said": said,
        "program": repr(program),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main())
