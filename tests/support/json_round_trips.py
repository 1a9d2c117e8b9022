"""What real TVM makes of the JSON that we write: recorded modules read, written, and compared there with the original.

    python tests/support/json_round_trips.py [all]

prints the figures for the fixed sample that the tests take, or for all recorded modules.
"""

import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from recorded import relay_modules

from relay_compat.json.reader import load_json
from relay_compat.json.writer import save_json
from tensor_core.diagnostics import DiagnosticError

if TYPE_CHECKING:
    from oracle import Oracle

SAMPLE, SEED = 300, 20250401
UNEQUAL = "TVM finds the original unequal to itself read twice"


def sample() -> list[tuple[str, str]]:
    """Modules of all collections, the same ones on each run."""
    modules = sorted(relay_modules())
    return random.Random(SEED).sample(modules, SAMPLE)


def outcomes(modules: Iterable[tuple[str, str]], tvm: "Oracle") -> Iterator[tuple[str, str]]:
    """The name of each module with what became of it."""
    for name, text in modules:
        try:
            written = save_json(load_json(text, infer=False))
        except DiagnosticError as error:
            yield name, f"not read: {error.diagnostics[0].code.id}"
            continue
        told = {True: "equal", False: "different", None: UNEQUAL}
        yield name, told[tvm.relay_equal(text, written)]


def main() -> None:
    """Print how many modules had which outcome."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from oracle import Oracle

    modules = relay_modules() if sys.argv[1:] == ["all"] else sample()
    with Oracle("0.19") as tvm:
        counted = Counter(outcome for _, outcome in outcomes(modules, tvm))
    for outcome, count in counted.most_common():
        print(f"{count:6} {outcome}")


if __name__ == "__main__":
    main()
