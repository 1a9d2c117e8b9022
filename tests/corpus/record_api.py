# pyright: basic, reportMissingImports=false
"""Records what TVM's Python names are, from a real TVM: run with that TVM's Python.

    TVM_PYTHON tests/corpus/record_api.py migrate/codemods/api/RELEASE.json

For every public name of every module: the shortest dotted name of the same object, and for functions and classes their
parameters. Rules tell by it that ``relay.op.nn.relu`` is ``relay.nn.relu``, and what is still there in a release.
"""

import importlib
import inspect
import json
import pkgutil
import sys
import types
from collections import defaultdict

import tvm

SKIPPED = (
    "tvm.exec", "tvm.contrib.hexagon", "tvm.rpc.server", "tvm.lib", "tvm.ffi.libinfo", "tvm.backend", "tvm.script.",
    "tvm.relax.script", "tvm.tir.tensor_intrin", "tvm.tirx.script", "tvm.tirx.bench", "tvm.s_tir.tensor_intrin",
    "tvm.s_tir.meta_schedule.", "tvm.meta_schedule.", "tvm.auto_scheduler.", "tvm.autotvm.", "tvm.topi.testing",
    "tvm_ffi.testing",
)  # fmt: skip
"""Commands, modules that end the process or need a device to be imported, and insides that no fork's Python names."""
SIGNED = ("tvm.relay", "tvm.relax", "tvm.ir", "tvm.runtime", "tvm.transform", "tvm.contrib.graph_executor", "tvm.nd")
"""Where parameters are recorded."""
ASKED = {"tvm.script": ("from_source", "ir", "ir_module", "parse", "relax", "tir", "tirx")}
"""Names that modules make when they are asked for."""
OWN = (
    "tvm.relay.op.strategy", "tvm.relay.op.contrib.", "tvm.relay.frontend.", "tvm.topi", "tvm.tir.transform.",
    "tvm.tirx.transform.",
)  # fmt: skip
"""Where only names are recorded that are defined there: what they import themselves nobody takes from them."""
ROOTS = ("tvm", "tvm_ffi")


def modules():
    """Every module of TVM that can be imported here."""
    found = {"tvm": tvm}
    for root in ROOTS:
        try:
            package = importlib.import_module(root)
        except ImportError:
            continue
        found[root] = package
        for item in pkgutil.walk_packages(package.__path__, root + ".", onerror=lambda _name: None):
            if item.name.startswith(SKIPPED) or item.name.endswith(("__main__", "_ffi_api")):
                continue
            print(item.name, flush=True)
            try:
                found[item.name] = importlib.import_module(item.name)
            except (Exception, SystemExit):
                continue
    return found


def ours(value):
    """Whether the name of an object is worth knowing: it is defined in TVM."""
    module = getattr(value, "__module__", None) or (value.__name__ if isinstance(value, types.ModuleType) else "")
    return str(module).split(".")[0] in (*ROOTS, "None", "")


def signature(value):
    """The parameters as written, "name=default" where there is one that can be written down."""
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    result = []
    for item in parameters:
        star = {item.VAR_POSITIONAL: "*", item.VAR_KEYWORD: "**"}.get(item.kind, "")
        plain = isinstance(item.default, (int, float, str, bool, tuple, list, type(None)))
        default = "" if item.default is item.empty else "=" + (repr(item.default) if plain else "...")
        result.append(star + item.name + default)
    return result


def best_of(names):
    """The shortest of the names of one object."""
    return min(names, key=lambda name: (name.count("."), name.rpartition(".")[2].startswith("_"), len(name), name))


def main():
    homes = defaultdict(list)
    values = {}
    found = modules()
    for module_name, module in sorted(found.items()):
        for name, value in vars(module).items():
            if name.startswith("__") or not ours(value):
                continue
            if not isinstance(value, (types.ModuleType, type)) and not callable(value):
                homes[f"{module_name}.{name}"].append(f"{module_name}.{name}")
                continue
            if module_name.startswith(OWN) and not str(getattr(value, "__module__", "")).startswith(module_name):
                continue
            if isinstance(value, types.ModuleType) and value.__name__.split(".")[0] not in ROOTS:
                continue
            homes[id(value)].append(f"{module_name}.{name}")
            values[id(value)] = value
    for module_name, asked in ASKED.items():
        for name in asked:
            if hasattr(found[module_name], name) and f"{module_name}.{name}" not in homes:
                homes[f"{module_name}.{name}"].append(f"{module_name}.{name}")
    short = {name: name for name in found}
    for key, aliases in homes.items():
        if isinstance(values.get(key), types.ModuleType):
            name = values[key].__name__
            short[name] = best_of([*aliases, name])
    names, parameters = {}, {}
    for key, aliases in homes.items():
        value = values.get(key)
        if isinstance(value, types.ModuleType):
            best = short[value.__name__]
        else:
            # What is defined in a.b.c belongs to a.b and a, not to another module that happens to import it.
            home = f"{getattr(value, '__module__', '')}."
            own = [name for name in aliases if home.startswith(name.rpartition(".")[0] + ".")] or aliases
            best = best_of(f"{short[module]}.{name}" for module, _, name in (item.rpartition(".") for item in own))
        for alias in aliases:
            names[alias] = best
        signed = signature(value) if value is not None and best.startswith(SIGNED) else None
        if signed is not None and not isinstance(value, types.ModuleType):
            parameters[best] = " ".join(signed)
    modules_of = defaultdict(list)
    for name, best in sorted(names.items()):
        module, _, last = name.rpartition(".")
        modules_of[module].append(last if best == name else f"{last}={best}")
    for name, best in short.items():
        if best != name:
            modules_of[name].insert(0, f"={best}")
    lines = [f"  {json.dumps(module)}: {json.dumps(' '.join(items))}" for module, items in sorted(modules_of.items())]
    rows = [f"  {json.dumps(name)}: {json.dumps(items)}" for name, items in sorted(parameters.items())]
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        parts = ('{\n "names": {\n', ",\n".join(lines), '\n },\n "parameters": {\n', ",\n".join(rows), "\n }\n}\n")
        file.write("".join(parts))


main()
