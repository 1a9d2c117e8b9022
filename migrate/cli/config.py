"""The options of a project: ``relay2relax.toml``, or the table ``[tool.relay2relax]`` of ``pyproject.toml``.

A key is an option's name without its dashes and means the same; what the command line says comes first. Two keys are no
options: ``dims``, a table of what ``--dim`` says, and ``ops``, modules that hold a vendor's cards.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import click

from migrate.whole_file import read_bytes
from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, did_you_mean, fail

NAME = "relay2relax.toml"
OPTIONS = (
    "target", "from", "from-release", "expand", "assume-equal", "qnn", "prefer", "bind-params", "strict", "jobs",
    "threads", "memory-limit",
)  # fmt: skip
"""Options that a project may set, wherever a command has them."""
TOLERANCES = ("largest-bound",)
"""Options that stand in the table ``tolerances``."""
OPS_VARIABLE = "RELAY2RELAX_OPS"
"""Read by :mod:`tensor_core.ops.registry`, and by processes that a command starts."""


@dataclass(frozen=True, slots=True)
class Config:
    """A file's settings: values by the names of options, and modules with cards."""

    path: Path
    values: Mapping[str, Any]
    ops: tuple[str, ...] = ()

    def use_ops(self) -> None:
        """Have the cards found, here and in processes that are started. R2R0705 for a module that is not there."""
        if not self.ops:
            return
        folder = str(self.path.parent.resolve())
        sys.path.insert(0, folder)
        for name in self.ops:
            if not _exists(name):
                raise _bad(self.path, f"ops: there is no module {name}", f"install it, or put it into {folder}")
        inherited = os.environ.get("PYTHONPATH")
        os.environ["PYTHONPATH"] = folder if not inherited else f"{folder}{os.pathsep}{inherited}"
        os.environ[OPS_VARIABLE] = ",".join(self.ops)


def find_config(start: Path) -> Path | None:
    """The file that holds for a folder: the nearest, in it or above."""
    for folder in (start, *start.parents):
        own, project = folder / NAME, folder / "pyproject.toml"
        if own.is_file():
            return own
        if project.is_file() and b"tool.relay2relax" in read_bytes(project):
            return project
    return None


def use_ops_of(folder: Path) -> None:
    """Have the cards found that a folder's configuration names, where there is one. R2R0705 as :func:`read_config`."""
    path = find_config(folder)
    if path is not None:
        from migrate.cli.main import main

        read_config(path, main).use_ops()


def read_config(path: Path, door: click.Group) -> Config:
    """What a file says, tried against the options that ``door`` has. R2R0705 for what it does not know or take."""
    table = _table(path)
    known = {name: _option(door, name) for name in (*OPTIONS, *TOLERANCES)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key == "dims":
            values["dim"] = [f"{where}={what}" for where, what in _strings(path, key, value).items()]
        elif key == "tolerances":
            values |= _checked(path, "tolerances.", _inner(path, key, value), known, TOLERANCES)
        elif key != "ops":
            values |= _checked(path, "", {key: value}, known, OPTIONS, ("dims", "ops", "tolerances"))
    return Config(path, values, tuple(_list(path, "ops", table.get("ops", []))))


def defaults(door: click.Group, values: Mapping[str, Any]) -> dict[str, Any]:
    """What click takes as the commands' defaults."""
    found: dict[str, Any] = {}
    for name, command in door.commands.items():
        if isinstance(command, click.Group):
            found[name] = defaults(command, values)
        else:
            found[name] = {param.name: values[key] for key, param in _options(command) if key in values}
    return found


def _table(path: Path) -> dict[str, Any]:
    try:
        whole = tomllib.loads(read_bytes(path).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _bad(path, f"it is no TOML: {error}", "docs/reference/configuration.md has what it may say") from None
    if path.name != "pyproject.toml":
        return whole
    return _inner(path, "tool.relay2relax", _inner(path, "tool", whole.get("tool", {})).get("relay2relax", {}))


def _checked(
    path: Path,
    where: str,
    given: Mapping[str, Any],
    known: Mapping[str, click.Option],
    allowed: tuple[str, ...],
    tables: tuple[str, ...] = (),
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in given.items():
        if key not in allowed:
            names = ", ".join((*allowed, *tables))
            hint = did_you_mean(key, (*allowed, *tables)) or f"known are {names}"
            raise _bad(path, f"there is no key {where}{key}", hint)
        found[key] = _value(path, where + key, value, known[key])
    return found


def _value(path: Path, key: str, value: Any, option: click.Option) -> Any:
    if option.is_flag:
        if not isinstance(value, bool):
            raise _bad(path, f"{key}: {value!r} is neither true nor false", "write true or false without quotes")
        return value
    if option.multiple:
        return _list(path, key, value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _bad(path, f"{key}: {value!r} is not what --{key.rpartition('.')[2]} takes", option.help or "")
    try:
        return option.type.convert(str(value), option, None)
    except click.BadParameter as error:
        raise _bad(path, f"{key}: {error.message}", option.help or "") from None


def _list(path: Path, key: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in cast("list[Any]", value)):
        raise _bad(path, f"{key}: {value!r} is no list of strings", f'write it as {key} = ["...", "..."]')
    return cast("list[str]", value)


def _strings(path: Path, key: str, value: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, item in _inner(path, key, value).items():
        # A dotted key that nobody quoted is a table in a table.
        inner = _strings(path, key, item) if isinstance(item, dict) else {"": str(item)}
        found |= {f"{name}.{rest}".rstrip("."): what for rest, what in inner.items()}
    return found


def _inner(path: Path, key: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(path, f"{key}: {value!r} is no table", f"write it as a table [{key}]")
    return cast("dict[str, Any]", value)


def _options(command: click.Command) -> Iterator[tuple[str, click.Option]]:
    for param in command.params:
        if isinstance(param, click.Option):
            yield from ((name.removeprefix("--"), param) for name in param.opts if name.startswith("--"))


def _option(door: click.Group, name: str) -> click.Option:
    return next(param for command in door.commands.values() for key, param in _options(command) if key == name)


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _bad(path: Path, message: str, hint: str) -> DiagnosticError:
    return fail(codes.BAD_CONFIG, f"{path}: {message}", hint=hint)
