"""Definitions that several rules give a file, beside what only one of them needs.

``{relax}``, ``{tvm}`` and other words in braces are how the file, or the target, spells them.
"""

from __future__ import annotations

from collections.abc import Mapping

import libcst as cst

from migrate.codemods.imports import Import, NameTaken, way_to
from migrate.codemods.names import SourceFile, Use, dotted
from migrate.codemods.target import Target

AS_FUNCTION = '''def as_function(expr):
    """An expression as the body of a function of its free variables, which gives it a type; functions stay."""
    if isinstance(expr, {relax}.Function):
        return expr
    builder = {relax}.BlockBuilder()
    with builder.function("main", {relax}.analysis.free_vars(expr)):
        builder.emit_func_output(expr)
    return builder.get()["main"]
'''
GRAPH_EXECUTOR = '''class GraphExecutor:
    """Runs the function main of a library, with inputs that are set one by one, by name or place."""

    def __init__(self, library, device):
        self.machine = {relax}.VirtualMachine(library, device)
        self.inputs = {}

    def set_input(self, key=None, value=None, **params):
        self.inputs.update(params if key is None else {key: value, **params})

    def run(self, **params):
        self.set_input(**params)
        places = [self.inputs[key] for key in sorted(key for key in self.inputs if isinstance(key, int))]
        names = {key: value for key, value in self.inputs.items() if not isinstance(key, int)}
        self.machine.set_input("main", *places, **names)
        self.machine.invoke_stateful("main")

    def load_params(self, data):
        from tvm.runtime import load_param_dict

        self.set_input(**load_param_dict(data))

    def get_output(self, index, out=None):
        found = self.machine.get_outputs("main")
        found = found[index] if isinstance(found, (list, tuple)) else found
        return found if out is None else out.copyfrom(found)

    def get_num_outputs(self):
        found = self.machine.get_outputs("main")
        return len(found) if isinstance(found, (list, tuple)) else 1
'''
RUN_FUNCTION = '''def run_function(machine, name, *args, **named):
    """What a function of a machine returns, for arguments by place and by name; without any, for those set before."""
    if args or named:
        machine.set_input(name, *args, **named)
    machine.invoke_stateful(name)
    return machine.get_outputs(name)
'''
WITH_PARAMS = '''def with_params(mod, params):
    """The module with constants for the parameters of main with these names; other names are passed over."""
    names = {param.{name_hint} for param in mod["main"].params}
    given = {name: value for name, value in (params or {}).items() if name in names}
    return {relax}.transform.BindParams("main", given)(mod)
'''
EXECUTOR_METHODS = frozenset({"set_input", "load_params", "run", "get_output", "get_num_outputs"})
"""What a GraphExecutor has of the modules that Relay's graph executor made."""
_WORDS = ("type", "name_hint", "TensorType", "constant_data")


def spelled(
    file: SourceFile, use: Use, texts: tuple[str, ...], target: Target
) -> tuple[tuple[str, ...], tuple[Import, ...]] | NameTaken:
    """Definitions in the words of a file and a target, and the imports that they need."""
    words: dict[str, str] = {name: target.word(name) for name in _WORDS}
    imports: list[Import] = []
    whole = "".join(texts)
    for name, module in (("relax", "tvm.relax"), ("tvm", "tvm")):
        if f"{{{name}}}" not in whole:
            continue
        way = way_to(file, use, module)
        if isinstance(way, NameTaken):
            return way
        words[name] = dotted(way.expression)
        imports += way.imports
    return tuple(_put(text, words) for text in texts), tuple(imports)


def with_params(module: cst.BaseExpression, params: cst.BaseExpression) -> cst.Call:
    """A call of the function of :data:`WITH_PARAMS`."""
    return cst.Call(cst.Name("with_params"), [cst.Arg(module), cst.Arg(params)])


def _put(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text
