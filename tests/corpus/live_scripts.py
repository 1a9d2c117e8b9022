"""Asks real TVM releases whether they read what we print for them, and print it back alike.

    python tests/corpus/live_scripts.py [--write] [STEP]

Judged are the snippets of relax_scripts and of the study (read as the release means them, and as 0.27 does), scripts of
the passes' cases, and what recorded Relay modules convert to. Told is how many texts TVM reads, and how many it prints
back alike. --write keeps the counts in scores.json; a step of n takes every n-th case only.

What a release prints otherwise, and why: small arrays stand in our text, TVM moves them to a metadata section; a target
of which only the name is given is written out by TVM for its machine; scalars of other types than int64 lose them in
TVM's text; nn.pad and nn.attention_var_len have operands by keyword where parsers take them in another order.
TVM 0.26 does not read kernels over a symbolic dimension: it prints them so that it takes the variable for an int32.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT)]

import recorded  # noqa: E402
import recorded_scripts  # noqa: E402

import migrate  # noqa: E402
from oracle import Oracle, OracleCrashed, OracleError  # noqa: E402
from relax_core.text.printer import print_node  # noqa: E402
from relax_core.text.reader import read_object  # noqa: E402
from relax_core.text.release import header  # noqa: E402
from tensor_core.diagnostics import DiagnosticError  # noqa: E402

SCORES = Path(__file__).resolve().parent / "scores.json"
RELEASES = recorded_scripts.RELEASES

Text = tuple[str, str]
"""The name of a case, and the text for a release."""


def snippets(release: str, kind: str, every: int) -> Iterator[Text]:
    """What we print for a release of the snippets that it, and 0.27, can read."""
    cases = [case for case in recorded_scripts.collections()[kind] if case[2] in (release, "0.27")]
    for number, (text, printed, source, name) in enumerate(cases):
        if printed is None or number % every:
            continue
        try:
            found: Any = read_object(text, release=source)
            yield f"{name} ({source})", print_node(found, release, source)
        except DiagnosticError:
            continue


def converted(release: str, collection: str, every: int) -> Iterator[Text]:
    """What recorded Relay modules convert to."""
    corpus = recorded.Corpus(recorded.path(collection))
    for number, row in enumerate(corpus.rows):
        if number % every == 0:
            try:
                module = migrate.load(corpus.text(row["name"], "module.json"))
                yield row["name"], migrate.convert(module, release).script().removeprefix(header(release))
            except DiagnosticError:
                continue


def texts(release: str, every: int) -> Iterator[tuple[str, Iterator[Text]]]:
    """All collections for a release."""
    for kind in ("own", "study"):
        yield kind, snippets(release, kind, every)
    yield "passes", snippets(release, "passes", 10 * every)
    for collection, step in (("models", 1), ("onnx", 20), ("evaluated", 40)):
        yield f"converted {collection}", converted(release, collection, step * every)


def judge(release: str, every: int) -> dict[str, Counter[str]]:
    """How many texts of each collection the release reads and prints back alike."""
    result: dict[str, Counter[str]] = {}
    with Oracle(release) as tvm:
        for kind, cases in texts(release, every):
            counts = result[kind] = Counter()
            for name, text in cases:
                counts["texts"] += 1
                try:
                    printed = tvm.relax_print(text, check=False).rstrip()
                except (OracleError, OracleCrashed) as error:
                    print(f"{release} {kind}: refused {name}: {str(error)[-300:]}", file=sys.stderr)
                    continue
                counts["read"] += 1
                counts["same"] += printed == text.rstrip()
                if printed != text.rstrip():
                    print(f"{release} {kind}: printed otherwise {name}", file=sys.stderr)
    return result


def main() -> None:
    """Judges all releases."""
    every = next((int(item) for item in sys.argv[1:] if item.isdecimal()), 1)
    scores = json.loads(SCORES.read_text())
    kept: dict[str, str] = {}
    for release in RELEASES:
        for kind, counts in judge(release, every).items():
            told = f"{counts['read']} read, {counts['same']} the same, of {counts['texts']}"
            kept[f"{release} {kind}"] = told
            print(f"{release} {kind:20} {told}", flush=True)
    if "--write" in sys.argv:
        scores["live scripts"] = kept
        SCORES.write_text(json.dumps(scores, indent=2) + "\n")


if __name__ == "__main__":
    main()
