# pyright: basic, reportMissingImports=false
"""Import many files under an alias of TVM, each in a fork of one process that has the alias loaded.

    python -m migrate.cli as-tvm --release R -- python tests/forks/try_imports.py LIST.json ANSWERS.json

LIST.json: objects with `file`, `module` (its dotted name), `root` (the folder that its package starts from). What is
not TVM's and not there, a vendor's other modules or torch, is stood in for by a module that has every name.
"""

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
    """A module with every name."""

    __path__ = []  # noqa: RUF012

    def __getattr__(self, name):
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


def known_modules():
    """The modules of all of TVM's releases that have an alias: what of them is missing is missed."""
    from importlib.resources import files

    folder = files("migrate.alias")
    names = set()
    for item in folder.iterdir():
        if item.name.startswith("names-"):
            names |= set(json.loads(item.read_text()))
    return names


def attempt(row, known):
    """Import one file in this process; why it fails, or nothing."""
    from migrate.verify.oracles.worker import user_file

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.argv = [row["file"]]
    sys.path.append(str(Path(row["file"]).parent))
    sys.meta_path.append(StandIns(known))
    try:
        user_file.load(row["file"], row["module"])
    except BaseException as error:
        return f"{type(error).__name__}: {str(error)[:300]}"
    return ""


def main():
    """Answer for every file in order."""
    rows = json.loads(Path(sys.argv[1]).read_text())
    import tvm
    import tvm.relax  # noqa: F401

    known, answers = known_modules(), []
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
