"""Record the public names of a release of TVM: what separates "not covered here" from "never there".

    PYTHON-WITH-TVM tests/upstream/record_names.py OUTPUT.json

Run it with a Python that has that release; it writes the file that `migrate/alias/names-RELEASE.json` holds. A module
of the prefixes below is imported where it can be, and its names without a leading underscore are listed.
"""

import importlib
import json
import pkgutil
import re
import sys
import types

PREFIXES = (
    "tvm.arith", "tvm.contrib.graph_executor", "tvm.contrib.utils", "tvm.error", "tvm.instrument", "tvm.ir", "tvm.nd",
    "tvm.relax", "tvm.relay", "tvm.runtime", "tvm.script", "tvm.target", "tvm.te", "tvm.testing", "tvm.tir",
    "tvm.tirx", "tvm.transform",
)  # fmt: skip
"""Packages and modules whose names are recorded, beside those of ``tvm`` itself."""
ALONE = ("tvm_ffi", "tvm_ffi.access_path", "tvm_ffi.structural", "tvm.topi", "tvm.topi.nn", "tvm.topi.testing")
"""Modules that are recorded without what is below them."""
LEFT_OUT = re.compile(
    r"tvm\.relay\.(std|testing)|tvm\.relax\.frontend\.(?!nn)|tvm\.relax\.backend\.|tvm\.relax\.distributed\."
    r"|tvm\.relax\.transform\.legalize_ops\.|tvm\.relax\.testing\.relay_translator"
    r"|tvm\.tirx\.(backend|bench|compilation|cuda|layout|operator|predicate|script|trn|lang)|tvm\.te\.hybrid|tvm\.target\.detect"
    r"|tvm\.testing\.(aot|micro)|tvm\.(tir|tirx)\.(schedule|tensor_intrin|usmp|contrib)"
)
"""What is not recorded although it is inside: models, front ends, code generation."""


LOADED = (
    "tvm.nd",
    "tvm.script.from_source", "tvm.script.ir", "tvm.script.ir_builder.relax", "tvm.script.ir_builder.tirx",
    "tvm.script.ir_module", "tvm.script.parser.relax", "tvm.script.parser.tir", "tvm.script.parser.tirx",
    "tvm.script.relax", "tvm.script.tir", "tvm.script.tirx",
)  # fmt: skip
"""Names that a module makes when they are asked for, so that it does not list them."""


def main() -> int:
    found = {}
    output, sys.argv[1:] = sys.argv[1], []  # some modules of TVM read the command line when they are imported
    for name in sorted({*_modules("tvm"), *_modules("tvm_ffi")}):
        module = _imported(name)
        if module is not None:
            found[name] = sorted(_names(module))
    for name in LOADED:
        _add_loaded(name, found)
    with open(output, "w", encoding="utf-8") as stream:
        rows = [f" {json.dumps(name)}: {json.dumps(names)}" for name, names in sorted(found.items())]
        stream.write("{\n" + ",\n".join(rows) + "\n}\n")
    return 0


def _add_loaded(name: str, found: dict[str, list[str]]) -> None:
    parent, _, last = name.rpartition(".")
    value = getattr(_imported(parent), last, None)
    if isinstance(value, types.ModuleType):
        found[name] = sorted(_names(value))
    elif value is not None:
        found[parent] = sorted({*found[parent], last})


def _modules(root: str) -> list[str]:
    package = _imported(root)
    if package is None:
        return []
    listed = [item.name for item in pkgutil.walk_packages(package.__path__, f"{root}.", onerror=lambda _: None)]
    # Modules that only stand under a second name (tvm.script.relax).
    known = [name for name in sys.modules if name.startswith(f"{root}.")]
    return [name for name in {root, *listed, *known} if name == root or (_wanted(name) and "._" not in name)]


def _wanted(name: str) -> bool:
    inside = any(name == prefix or name.startswith(f"{prefix}.") for prefix in PREFIXES)
    return name in ALONE or (inside and not LEFT_OUT.match(name))


def _imported(name: str) -> types.ModuleType | None:
    try:
        return importlib.import_module(name)
    except BaseException:  # a module that needs what is not installed
        return None


def _names(module: types.ModuleType) -> set[str]:
    return {
        name
        for name in dir(module)
        if not name.startswith("_") and not isinstance(getattr(module, name, None), types.ModuleType)
    }


if __name__ == "__main__":
    sys.exit(main())
