# pyright: basic, reportMissingImports=false
"""Import many files under an alias of TVM or in TVM itself, each in a fork of one process that has it loaded.

    python tests/forks/try_imports.py LIST.json ANSWERS.json KNOWN.json

LIST.json: objects with `file`, `module` (its dotted name) and `own` (modules of its tree). KNOWN.json: the modules of
TVM's releases. What is not TVM's and not there, a vendor's other modules or torch, is stood in for by a module that has
every name; what is imported from it with ``*`` is what the file uses and has from nowhere else.
"""

import ast
import builtins
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import resource
import select
import signal
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "migrate" / "verify" / "oracles" / "worker"))
SECONDS = 60
OWN = {"cpu_backend", "migrate", "relax_core", "relay_compat", "tensor_core"}
"""Packages behind the alias: what they do not have is missed, and not stood in for."""


class Any(type):
    """The kind of a class that has every name."""

    def __getattr__(cls, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return made(name)


def made(name):
    """A class with every name: what is called, subclassed or asked of it is one more."""
    return Any(name, (), {"__getattr__": _anything, "__call__": _itself, "__init__": _nothing, "__iter__": _empty})


def _anything(self, name):
    del self
    return made(name)


def _itself(self, *args, **kwargs):
    del args, kwargs
    return self


def _nothing(self, *args, **kwargs):
    del self, args, kwargs


def _empty(self):
    del self
    return iter(())


class Anything(types.ModuleType):
    """A module with every name. ``wanted``: those that the file which is tried takes from somewhere, and its module."""

    __path__ = []  # noqa: RUF012
    wanted = frozenset()
    tried = ""

    def __getattr__(self, name):
        if name == "__all__":
            return sorted(self.wanted - set(vars(sys.modules[self.tried]))) if self.tried in sys.modules else []
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return made(name)

    def __call__(self, *args, **kwargs):
        return _itself(self, *args, **kwargs)

    def __mro_entries__(self, bases):
        return (made("Base"),)


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder: whatever is not found, unless a release of TVM has it."""

    def __init__(self, known):
        self.known = known

    def find_spec(self, fullname, path=None, target=None):
        del path, target
        if fullname in self.known or fullname.partition(".")[0] in OWN:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return Anything(spec.name)

    def exec_module(self, module):
        pass


class OwnModules(StandIns):
    """The first finder: modules that a fork put into TVM's packages: none of a release's, or ``own``, those of its tree
    that this release does not have. A package above one of these that is gone is empty but for them.
    """

    def __init__(self, known, own, above):
        super().__init__(known)
        self.own = own
        self.above = above

    def find_spec(self, fullname, path=None, target=None):
        del target
        if fullname.partition(".")[0] != "tvm" or (fullname in self.known and fullname not in self.own | self.above):
            return None
        # What is there is no fork's: the alias has modules that are attributes in a release, tvm.transform.
        if fullname not in self.above and has_spec(fullname, path, self):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return None if spec.name in self.above - self.own else Anything(spec.name)


def has_spec(fullname, path, but):
    """Whether another finder finds a module."""
    for finder in sys.meta_path:
        if finder is not but and not isinstance(finder, StandIns):
            try:
                if finder.find_spec(fullname, path) is not None:
                    return True
            except ModuleNotFoundError:
                continue
    return False


def own_imports(row, known):
    """The modules that a file imports and that are the fork's, in TVM's packages."""
    package = row["module"].split(".")[:-1]
    for node in ast.walk(ast.parse(Path(row["file"]).read_bytes())):
        names = []
        if isinstance(node, ast.Import):
            names = [item.name for item in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            names = [module, *(name for item in node.names if (name := f"{module}.{item.name}") in row["own"])]
        yield from (name for name in names if name.startswith("tvm.") and (name not in known or name in row["own"]))


def gone_above(names, known):
    """The packages above modules, as far as TVM had them and this release has not."""
    found = set()
    for name in names:
        parts = name.split(".")
        for count in range(2, len(parts)):
            above = ".".join(parts[:count])
            if above in known and above not in found:
                try:
                    importlib.import_module(above)
                except ImportError:
                    found.add(above)
    return found


def taken(file):
    """The names that a file uses and neither assigns, defines nor imports by name."""
    used, own = set(), set(dir(builtins))
    for node in ast.walk(ast.parse(Path(file).read_bytes())):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else own).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            own.add(node.name)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.alias):
            own.add(node.asname or node.name.partition(".")[0])
    return frozenset(used - own)


def attempt(row, known):
    """Import one file in this process; why it fails, or nothing. ``known``: every module of TVM's, of the releases that
    matter.
    """
    import user_file

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.argv = [row["file"]]
    Anything.wanted, Anything.tried = taken(row["file"]), row["module"]
    if "." not in row["module"]:
        sys.path.append(str(Path(row["file"]).parent))
    sys.meta_path.append(StandIns(known))
    above = gone_above(own_imports(row, known), known)
    sys.meta_path.insert(0, OwnModules(known, set(row["own"]), above))
    try:
        user_file.load(row["file"], row["module"])
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:300]}"
    return ""


def main():
    """Answer for every file in order."""
    rows = json.loads(Path(sys.argv[1]).read_text())
    import tvm
    import tvm.relax

    # TVM's instructions for builds from source have it set.
    os.environ.setdefault("TVM_HOME", next(iter(tvm.__path__)))
    known, answers = set(json.loads(Path(sys.argv[3]).read_text())), []
    for row in rows:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            os.write(writer, (attempt(row, known) or "ok").encode(errors="replace"))
            os._exit(0)
        os.close(writer)
        told = ""
        while True:
            ready, _, _ = select.select([reader], [], [], SECONDS)
            data = os.read(reader, 4096) if ready else b""
            if not data:
                break
            told += data.decode(errors="replace")
        if not told:
            os.kill(child, signal.SIGKILL)
            told = "no answer"
        os.close(reader)
        os.waitpid(child, 0)
        answers.append("" if told == "ok" else told)
    Path(sys.argv[2]).write_text(json.dumps(answers))


if __name__ == "__main__":
    main()
