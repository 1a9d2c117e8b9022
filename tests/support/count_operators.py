"""Counts operators in recorded modules and writes the list of the commonest ones that coverage is measured on.

    python tests/support/count_operators.py [--write]

Each module counts an operator once, and each collection counts alike however many modules it holds: so a test file
with a hundred variants of one operator weighs no more than what real models are made of.
"""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from recorded import relay_modules  # noqa: E402

from relay_compat.ir.expr import Call, Function, Op  # noqa: E402
from relay_compat.json.reader import load_json  # noqa: E402
from relay_compat.visit import reachable  # noqa: E402
from tensor_core.diagnostics import DiagnosticError  # noqa: E402
from tensor_core.module import IRModule  # noqa: E402

FILE = ROOT / "migrate" / "verify" / "generate" / "commonest.py"
COUNT = 60


def held(module: IRModule) -> set[str]:
    """The names of the cards that a module's functions call."""
    found: set[str] = set()
    for function in module.functions.values():
        if isinstance(function, Function):
            calls = (node for node in reachable(function) if isinstance(node, Call) and isinstance(node.op, Op))
            found |= {node.op.card.name for node in calls if isinstance(node.op, Op) and node.op.card}
    return found


def shares() -> dict[str, float]:
    """By card, the sum over the collections of the share of modules that hold it."""
    counts: dict[str, Counter[str]] = {}
    sizes: Counter[str] = Counter()
    for name, text in relay_modules():
        collection = name.partition("/")[0]
        try:
            cards = held(load_json(text, infer=False))
        except DiagnosticError:
            continue
        sizes[collection] += 1
        counts.setdefault(collection, Counter()).update(cards)
    total: dict[str, float] = {}
    for collection, found in counts.items():
        for card, number in found.items():
            total[card] = total.get(card, 0.0) + number / sizes[collection]
    return total


def text(names: list[str]) -> str:
    """The file."""
    lines = "".join(f'    "{name}",\n' for name in names)
    return f'''"""The {COUNT} commonest operators of recorded modules and models, the commonest first.

Written by tests/support/count_operators.py.
"""

COMMONEST: tuple[str, ...] = (
{lines})
'''


def main() -> None:
    """Print the shares; with --write, write the list."""
    ranked = sorted(shares().items(), key=lambda item: (-item[1], item[0]))
    for place, (name, share) in enumerate(ranked[: COUNT + 30], 1):
        print(f"{place:4} {share:8.4f} {name}")
    if "--write" in sys.argv[1:]:
        FILE.write_text(text([name for name, _ in ranked[:COUNT]]))


if __name__ == "__main__":
    main()
