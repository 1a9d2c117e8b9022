"""Relax scripts that real TVM releases printed, read and printed back: what is equal, what differs, what is refused."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import recorded

from oracle import scripts
from relax_core.text.config import ScriptConfig
from relax_core.text.printer import print_node
from relax_core.text.reader import read_object
from tensor_core.diagnostics import DiagnosticError

RELEASES = ("0.19", "0.21", "0.25", "0.26", "0.27")
STUDY = recorded.DIRECTORY.parent / "facts" / "relax_tvmscript_corpus.json"
EXACT = ScriptConfig(exact=True)

Texts = dict[str, str | None]
Case = tuple[str, str | None, str, str]
"""A text to read, what TVM printed for it (None: it refused it), the release, the case's name."""


def outcome(text: str, expected: str | None, release: str) -> str:
    """equal, different, refused (a code), accepted (where TVM refused), and refused with TVM."""
    try:
        read: Any = read_object(text, release=release)
        found = print_node(read, release, config=EXACT).rstrip()
    except DiagnosticError as error:
        return "refused with TVM" if expected is None else f"refused: {error.diagnostics[0].code.id}"
    if expected is None:
        return "accepted"
    return "equal" if found == expected.rstrip() else "different"


def own() -> Iterator[Case]:
    """The snippets of tests/corpus/relax_scripts, and what each release printed for them."""
    texts = scripts.snippets()
    for release, printed in scripts.load().items():
        for name, text in texts.items():
            yield text, printed.get(name), release, name


def study() -> Iterator[Case]:
    """The snippets of the study of TVMScript, read as written, and what each release printed for them."""
    data: dict[str, Any] = json.loads(STUDY.read_text())
    for key, results in data["results"].items():
        for name, result in results.items():
            printed = result["print"] if result["parse"] else None
            yield data["corpus"][name], printed, f"0.{key}", name


def again(cases: Iterable[Case]) -> Iterator[Case]:
    """What TVM printed, as a text to read and to print again."""
    for _, printed, release, name in cases:
        if printed is not None:
            yield printed, printed, release, name


def passes(corpus: recorded.Corpus, every: int = 1) -> Iterator[Case]:
    """Scripts before and after a pass, as TVM 0.27 printed them."""
    for number, row in enumerate(corpus.rows):
        if number % every == 0:
            case = corpus.json(row["name"], "case.json")
            for side in ("before", "after"):
                yield case[side], case[side], "0.27", f"{row['name']}/{side}"


SLICE = 10
"""Of the passes' scripts, every how many cases the tests take."""


def collections() -> dict[str, Iterator[Case]]:
    """All judges by name; those whose data are not there are left out."""
    found = {"own": own(), "own again": again(own())}
    if STUDY.exists():
        found |= {"study": study(), "study again": again(study())}
    if recorded.path("relax_passes").exists():
        corpus = recorded.Corpus(recorded.path("relax_passes"))
        found |= {"passes slice": passes(corpus, SLICE), "passes": passes(corpus)}
    return found


def score(cases: Iterable[Case]) -> Counter[str]:
    """How many cases have which outcome, by release."""
    result: Counter[str] = Counter()
    for text, expected, release, _ in cases:
        result[f"{release} {outcome(text, expected, release)}"] += 1
    return result
