"""Record the signatures of the functions under tvm.relax.op: what relax_core/op/signatures.json holds.

    python tests/upstream/record_creators.py RELAX_OPS.json PYTHON-WITH-TVM ... > relax_core/op/signatures.json

RELAX_OPS.json says which operator each function makes; every Python is asked for its release and its signatures. Of
releases that agree only the oldest is written.
"""

import json
import subprocess
import sys

PROBE = """
import importlib, inspect, json, sys
import tvm
wanted = json.load(sys.stdin)
found = {}
def plain(value):
    if isinstance(value, (bool, int, float, str, type(None))):
        return value
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return int(getattr(value, "value", value))  # a scalar of the IR
for path in wanted:
    home, _, name = path.rpartition(".")
    try:
        function = getattr(importlib.import_module("tvm." + home), name)
        params = inspect.signature(function).parameters.values()
    except (ImportError, AttributeError):
        continue
    rows = []
    for item in params:
        mark = {"VAR_POSITIONAL": "*", "KEYWORD_ONLY": "="}.get(item.kind.name, "")
        rows.append([mark + item.name] if item.default is item.empty else [mark + item.name, plain(item.default)])
    found[path] = rows
print(json.dumps([".".join(tvm.__version__.split(".")[:2]), found]))
"""


def _of_machine(name: str) -> str | None:
    """The function of an operator of the virtual machine, which the list of operators does not say."""
    return f"relax.op.{name.removeprefix('relax.')}" if name.startswith("relax.vm.") else None


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as stream:
        facts = json.load(stream)["ops"]
    paths = {path: name for name, item in facts.items() for release in ("v0.19", "v0.27")
             if item.get(release) and (path := item[release]["py_func"] or _of_machine(name))}  # fmt: skip
    table = {path.removeprefix("relax.op."): {"op": op, "since": []} for path, op in sorted(paths.items())}
    for python in sys.argv[2:]:
        done = subprocess.run([python, "-c", PROBE], input=json.dumps(list(paths)), stdout=subprocess.PIPE, text=True)
        release, found = json.loads(done.stdout.splitlines()[-1])
        for path, params in found.items():
            known = table[path.removeprefix("relax.op.")]["since"]
            if not known or known[-1][1] != params:
                known.append([release, params])
    rows = [f" {json.dumps(path)}: {json.dumps(row)}" for path, row in table.items() if row["since"]]
    print("{\n" + ",\n".join(rows) + "\n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
