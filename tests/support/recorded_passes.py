"""Passes that real TVM 0.19 ran: what ours make of the same modules."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import recorded

from relay_compat.json.reader import load_object
from relay_compat.structural import structural_equal
from tensor_core.diagnostics import DiagnosticError
from tensor_core.module import IRModule
from tensor_core.passes import Pass, PassContext

Makers = Mapping[str, Callable[..., Pass]]


def names(case: Mapping[str, Any]) -> list[str]:
    """The passes of a case, in order, as TVM names them without "relay." and "transform."."""
    return [name.removeprefix("relay.").replace("transform.", "") for name, _, _ in case["passes"]]


def equal(corpus: recorded.Corpus, row: Mapping[str, Any], makers: Makers) -> bool:
    """Whether the passes give the recorded module. KeyError for a pass that ``makers`` does not know."""
    case = corpus.json(row["name"], "case.json")
    module: IRModule = load_object(_text(case["before"]))
    context = case["context"]
    level = PassContext(context["opt_level"], tuple(context["required"]), tuple(context["disabled"]))
    with level.active():
        for name, (_, args, kwargs) in zip(names(case), case["passes"], strict=True):
            module = makers[name](*args, **kwargs)(module)
    return structural_equal(module, load_object(_text(case["after"])))


def scores(corpus: recorded.Corpus, makers: Makers) -> dict[str, list[int]]:
    """By the passes of the cases: how many modules came out as recorded, and how many cases there are.

    Cases that need the recording test's own Python, or options that are not recorded, are left out.
    """
    good: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row in corpus.rows:
        case = corpus.json(row["name"], "case.json")
        if row["may_use_callbacks"] or case["context"]["config"] or not set(names(case)) <= set(makers):
            continue
        key = " + ".join(names(case))
        total[key] += 1
        try:
            good[key] += equal(corpus, row, makers)
        except DiagnosticError:
            pass
    return {key: [good[key], total[key]] for key in sorted(total)}


def _text(module: Any) -> str:
    return module if isinstance(module, str) else json.dumps(module)
