"""Write what the alias of a TVM release has as stubs, so that a type checker, which runs nothing, sees it.

    python tests/forks/alias_stubs.py RELEASE FOLDER KNOWN.json

The alias's names and parameters are those that it has while it runs: operators are made of cards, nodes get their text
by release. So this looks at the objects. Classes have their methods and the names of their attributes; calls of
operators are calls, functions give what they say they return; all other values are of any type. Names that the release
has and the alias does not cover are there, of any type, and so is every name of the modules of KNOWN.json, those of
TVM's releases, that were not recorded.
"""

import ast
import builtins
import enum
import inspect
import json
import sys
import textwrap
import typing
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from types import FunctionType, ModuleType

from migrate.alias import finder
from migrate.alias.coverage import coverage
from migrate.alias.facade import facade
from migrate.alias.profile import profile
from relax_core.ir import expr as relax
from relax_core.ir.base import RelaxExpr
from relay_compat.ir import expr as relay
from relay_compat.ir.tuple_wrapper import TupleWrapper
from tensor_core.module import Expr
from tensor_core.node import Node

OWN = ("cpu_backend.", "migrate.", "relax_core.", "relay_compat.", "tensor_core.")
CLASSES = "tvm_alias_classes"
HEAD = f"import builtins as _b\nimport typing as _t\n\nimport {CLASSES} as _c\n\n"
ANYTHING = "def __getattr__(name: str) -> _t.Any: ...\n"
FACADE = type(facade("", (), object))
CALLS = (("relax_core.op", relax.Call), ("relay_compat.op", relay.Call), ("relay_compat.qnn.op", relay.Call))
"""Where functions come from that make calls of operators."""
UNSAID = frozenset({
    "__annotations__", "__class_getitem__", "__dataclass_fields__", "__dataclass_params__", "__dict__", "__doc__",
    "__eq__", "__hash__", "__match_args__", "__module__", "__ne__", "__new__", "__repr__", "__setattr__", "__slots__",
    "__weakref__",
})  # fmt: skip
"""Members of classes that say nothing to a type checker, or that it has of its own."""


class Classes:
    """The classes that names stand for, each written once, bases first. A facade stands for the class behind it where
    it has that one's name.
    """

    def __init__(self, facades, relay_there):
        self.texts = {}
        self._relay_there = relay_there
        self._names = {}
        self._facades = {}
        for item in facades:
            if len(item.behind) == 1 and item.behind[0].__name__ == item.__name__:
                self._facades.setdefault(item.behind[0], item)

    def name(self, kind):
        """How the stubs say a class."""
        kind = self._facades.get(kind, kind)
        if not isinstance(kind, FACADE) and not kind.__module__.startswith(OWN):
            return f"_b.{kind.__name__}" if hasattr(builtins, kind.__name__) else "_t.Any"
        if kind not in self._names:
            self._names[kind] = f"{kind.__name__}_{len(self._names)}"
            text = self._text(kind)
            self.texts[self._names[kind]] = text
        return f"_c.{self._names[kind]}"

    def _text(self, kind):
        bases, members = self._parts(kind)
        above = [self.name(base) for base in bases if base is not object]
        # Their own kinds of classes make enumerations and what stands for several classes.
        special = any(issubclass(base, enum.Enum) for base in bases) or (isinstance(kind, FACADE) and kind.behind[1:])
        above = ["_t.Any"] if special else [item for item in above if item != "_t.Any"]
        lines = [f"class {self._names[kind]}({', '.join(above)}):", "    ..."]
        for name, value in members.items():
            lines += [f"    {line}" for line in self._member(name, value)]
        return "\n".join(lines) + "\n"

    def _parts(self, kind):
        """The bases of a class, and what it adds."""
        if kind is Expr:
            # Under an alias without Relay every expression is one of Relax.
            return kind.__bases__, members_of(kind) | (members_of(RelaxExpr) if not self._relay_there else {})
        if not isinstance(kind, FACADE):
            return kind.__bases__, members_of(kind)
        behind = kind.behind[0] if kind.behind else object
        made = {name: value for name, value in members_of(kind).items() if name not in ("behind", "make")}
        made["__init__"] = vars(kind)["make"]
        if self._facades.get(behind) is kind:
            return behind.__bases__, members_of(behind) | made
        return (behind,), made

    def _member(self, name, value):
        if name == "__init__" and isinstance(value, staticmethod):
            yield f"def __init__(self, {parameters(value.__func__)}) -> None: ..."
            return
        if isinstance(value, staticmethod | classmethod):
            yield f"@{type(value).__name__}"
            value = value.__func__
        if isinstance(value, FunctionType):
            returned = "None" if name == "__init__" else self.returned(value)
            yield f"def {name}({parameters(value)}) -> {returned}: ..."
        else:
            yield f"{name}: _t.Any"

    def returned(self, function):
        """What a function says that it returns."""
        kind = None
        with suppress(NameError, TypeError):
            kind = typing.get_type_hints(function).get("return")
        if kind is TupleWrapper:
            return self.name(kind)
        for module, call in CALLS:
            if function.__module__.startswith(module):
                return self.name(call)
        if kind is type(None):
            return "None"
        # What is said to be an expression may be any kind of one.
        if isinstance(kind, type) and not kind.__subclasses__():
            return self.name(kind)
        return "_t.Any"


def members_of(kind):
    """What a class adds: methods, and the names of its attributes. What was set beside a node is none of its class."""
    found = dict.fromkeys(vars(kind).get("__annotations__", ()))
    with suppress(OSError, TypeError):
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(kind)))):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
                found[node.attr] = None
    unsaid = UNSAID | {"__getattr__"} if kind is Node else UNSAID
    return {name: value for name, value in {**found, **vars(kind)}.items() if sayable(name) and name not in unsaid}


def _is_self(node):
    return isinstance(node, ast.Name) and node.id == "self"


def sayable(name):
    """Whether a name can be written."""
    return name.isidentifier() and not iskeyword(name)


def parameters(function):
    """Names, kinds and which are optional, as the text of a definition."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return "*args, **kwargs"
    plain = [
        item.replace(annotation=inspect.Parameter.empty, default=item.default if item.default is item.empty else ...)
        for item in signature.parameters.values()
    ]
    return str(inspect.Signature(plain))[1:-1].replace("=Ellipsis", "=...")


def definition(name, value, classes):
    """The line for one name of a module."""
    if isinstance(value, type):
        return f"{name} = {classes.name(value)}\n"
    if isinstance(value, FunctionType):
        return f"def {name}({parameters(value)}) -> {classes.returned(value)}: ...\n"
    return f"{name}: _t.Any\n"


def unrecorded(release, recorded):
    """Modules of the alias that are attributes in the release, as tvm.transform is, with their names."""
    package = import_module("migrate.alias.tvm")
    for path in package.__path__:
        for file in Path(path).glob("*.py"):
            name = f"tvm.{file.stem}"
            if file.stem != "__init__" and name not in recorded and finder.home_of(name, profile(release)):
                module = import_module(name)
                yield name, {item: getattr(module, item) for item in dir(module) if not item.startswith("_")}


def parents(names):
    """The packages that modules lie in."""
    return {".".join(parts[:count]) for parts in (name.split(".") for name in names) for count in range(1, len(parts))}


def above(module, name, names):
    """The class that a package above a module has under a name: modules hand on what they import from there."""
    while module := module.rpartition(".")[0]:
        found = names.get(module, {}).get(name)
        if isinstance(found, type):
            return found
    return None


def attribute(module, name):
    """What a module has under a name; None where it has nothing."""
    try:
        return getattr(module, name, None)
    except ImportError:
        return None


def write(release, folder, known):
    """Write the stubs of a release; ``known``: modules of TVM's."""
    finder.install(release)
    import_module("tvm")
    covered = coverage(release)
    names = {item.module: item.covered for item in covered}
    names |= dict(unrecorded(release, names))
    facades = [value for found in names.values() for value in found.values() if isinstance(value, FACADE)]
    homes = {name: finder.home_of(name, profile(release)) for name in names}
    objects = {name: import_module(home) for name, home in homes.items() if home}
    classes, texts, said = Classes(facades, "tvm.relay" in names), {}, {}
    for module, found in names.items():
        said[module] = [name for name, value in found.items() if sayable(name) and not isinstance(value, ModuleType)]
        texts[module] = HEAD + "".join(definition(name, found[name], classes) for name in said[module])
    for outer, module in objects.items():
        for name, other in objects.items():
            package, _, leaf = name.rpartition(".")
            if f"{outer}.{leaf}" not in objects and leaf not in said[outer] and attribute(module, leaf) is other:
                said[outer].append(leaf)
                texts[outer] += f"from {package} import {leaf} as {leaf}\n"
    for name in (item for item in known if all(map(sayable, item.split(".")))):
        texts.setdefault(name, HEAD + ANYTHING)
    for name in parents(texts):
        texts.setdefault(name, HEAD)
    recorded = {*names, *parents(names)}
    for item in covered:
        missing = [name for name in item.missing if sayable(name)]
        said[item.module] += missing
        lines = (definition(name, above(item.module, name, names), classes) for name in missing)
        texts[item.module] += "".join(lines)
    texts[CLASSES] = HEAD + "\n".join(classes.texts.values())
    for name, text in texts.items():
        path = Path(folder, *name.split("."), "__init__.pyi")
        path.parent.mkdir(parents=True, exist_ok=True)
        below = sorted(leaf for item in texts for above, _, leaf in [item.rpartition(".")] if above == name)
        for leaf in (leaf for leaf in below if leaf not in said.get(name, ())):
            # What is not recorded may as well be a function of the same name as the module that it stands in.
            there = f"{name}.{leaf}" in recorded
            text += f"from . import {leaf} as {leaf}\n" if there else f"{leaf}: _t.Any\n"
        path.write_text(text)


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text()))
