"""What recorded cases of passes came to: by pass, and which came out otherwise, each of which has its reason."""

import json
from collections.abc import Callable
from pathlib import Path

from tensor_core.diagnostics import DiagnosticError

EXCEPTIONS = Path(__file__).resolve().parent.parent / "corpus" / "pass_exceptions.json"

Results = dict[str, dict[str, bool]]
"""By pass, by the name of the case: whether the module came out as recorded."""


def holds(equal: Callable[[], bool]) -> bool:
    """Whether a module came out as recorded; not where something is refused."""
    try:
        return equal()
    except DiagnosticError:
        return False


def scores(results: Results) -> dict[str, str]:
    """By pass: how many modules came out as recorded, and how many cases there are."""
    return {name: f"{sum(cases.values())} of {len(cases)}" for name, cases in sorted(results.items())}


def failing(results: Results) -> set[str]:
    """The cases that came out otherwise."""
    return {name for cases in results.values() for name, good in cases.items() if not good}


def exceptions(corpus: str) -> dict[str, str]:
    """Why a case comes out otherwise, by its name."""
    found: dict[str, dict[str, str]] = json.loads(EXCEPTIONS.read_text("utf-8"))
    return found[corpus]


def fallen(results: Results, corpus: str) -> dict[str, tuple[str, str]]:
    """The passes of which fewer cases come out as recorded than when scores were last written: now and then."""
    stored: dict[str, str] = json.loads(EXCEPTIONS.with_name("scores.json").read_text("utf-8"))[corpus]
    now = scores(results)
    return {
        name: (now.get(name, "0"), then) for name, then in stored.items() if _good(now.get(name, "0")) < _good(then)
    }


def _good(score: str) -> int:
    return int(score.split()[0])
