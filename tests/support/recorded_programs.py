"""Evaluated programs of the corpus: what our executors make of them beside what real TVM 0.19 computed."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import recorded

import migrate  # noqa: F401  chooses the compiler
import relay_compat as relay
from relay_compat.json.reader import load_json
from tensor_core.diagnostics import DiagnosticError

KINDS = {"Interpreter": "debug", "GraphExecutor": "graph", "VMExecutor": "vm", "AotExecutor": "aot"}
TOLERANCES = {"float16": 1e-2, "float32": 2e-4}


def flat(value: Any) -> list[np.ndarray[Any, Any]]:
    """The tensors of an answer, left to right."""
    if hasattr(value, "fields"):
        value = value.fields
    if isinstance(value, np.ndarray):
        return [np.asarray(value)]
    if hasattr(value, "value"):
        return flat(value.value)
    return [leaf for item in value for leaf in flat(item)]


def close(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any]) -> bool:
    """Whether an answer is TVM's: integers exactly, floats as far as the order of sums is free."""
    if got.dtype.name == "bfloat16" and want.dtype == np.uint16:
        # TVM's numpy() gives such an array as its bits.
        got, want = got.astype("float32"), want.view(got.dtype).astype("float32")
        return got.shape == want.shape and bool(np.allclose(got, want, rtol=2e-2, atol=2e-2))
    if got.shape != want.shape or got.dtype != want.dtype:
        return False
    if want.dtype.kind != "f":
        return bool(np.array_equal(got, want))
    bound = TOLERANCES.get(want.dtype.name, 1e-6)
    scale = float(np.max(np.abs(want[np.isfinite(want)]), initial=0.0))
    with np.errstate(invalid="ignore"):
        return bool(np.allclose(got, want, rtol=bound, atol=bound * scale, equal_nan=True))


def verdict(corpus: recorded.Corpus, row: dict[str, Any], kind: str) -> str:
    """ "right", "wrong", or the code of the diagnostic that says why there is no answer."""
    arrays = corpus.arrays(row["name"])
    args = [value for name, value in arrays.items() if name.startswith("arg_")]
    wanted = [value for name, value in arrays.items() if name.startswith("out_")]
    try:
        module = load_json(corpus.text(row["name"], "module.json"))
        answer = relay.create_executor(kind, module).evaluate()(*args)
    except DiagnosticError as error:
        return error.diagnostics[0].code.id
    found = flat(answer)
    good = len(found) == len(wanted) and all(map(close, found, wanted))
    return "right" if good else "wrong"


def counts(corpus: recorded.Corpus, rows: Iterable[dict[str, Any]], kind: str | None = None) -> Counter[str]:
    """How many cases have which verdict, on the executor that TVM used or on one for all."""
    return Counter(verdict(corpus, row, kind or KINDS[row["executor"]]) for row in rows)
