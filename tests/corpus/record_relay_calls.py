"""Record what real TVM 0.19 prints for the calls in relay_calls.tsv, and the signatures of its operator functions.

    PYTHON_WITH_TVM tests/corpus/record_relay_calls.py

Fills in relay_calls.tsv (call, text as JSON; a new call needs an empty text) and writes relay_signatures.tsv.
"""

import inspect
import json
from importlib import import_module
from pathlib import Path

import numpy as np
from relay_calls import namespace, rows, shown
from tvm import relay  # pyright: ignore[reportMissingImports]

HERE = Path(__file__).parent
PLACES = ("", "nn", "image", "vision", "random", "memory", "annotation", "vm", "qnn.op")
OWNERS = ("tvm.relay.op.", "tvm.relay.qnn.op.")
OTHERS = ("tvm.relay.op.op", "tvm.relay.op.op_attrs")


def signatures() -> dict[str, str]:
    result = {}
    for place in PLACES:
        home = import_module(f"tvm.relay.{'' if place.startswith('qnn') else 'op.'}{place}".rstrip("."))
        for name, function in sorted(vars(home).items()):
            module = getattr(function, "__module__", "") or ""
            if not inspect.isfunction(function) or not module.startswith(OWNERS) or module.startswith(OTHERS):
                continue
            if not name.startswith(("_", "register")) and ".strategy" not in module and ".contrib." not in module:
                result[f"{place}.{name}".lstrip(".")] = str(inspect.signature(function))
    return result


def main() -> None:
    scope = vars(namespace(relay, np))
    lines = []
    for case in rows("relay_calls.tsv"):
        try:
            text = shown(eval(case, dict(scope)))  # noqa: S307
        except Exception as error:
            text = f"!{type(error).__name__}"
        lines.append(f"{case}\t{json.dumps(text)}\n")
    (HERE / "relay_calls.tsv").write_text("".join(lines))
    lines = [f"{name}\t{text}\n" for name, text in signatures().items()]
    (HERE / "relay_signatures.tsv").write_text("".join(lines))


main()
