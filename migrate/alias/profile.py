"""Which names TVM's Python has in a release: what separates "not covered here" from "never there"."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tensor_core import codes
from tensor_core.diagnostics import did_you_mean, fail

RELEASES = ("0.19", "0.21", "0.25", "0.26", "0.27")
"""Releases with a profile."""

DEFAULT = "0.19"
"""The release that is meant when none is named: the last one with Relay."""

PAGE = "docs/reference/alias.md"

_OTHER_NAMES = {"tvm.nd": "tvm.runtime.ndarray"}


@dataclass(frozen=True, slots=True)
class Profile:
    """The public names of ``tvm`` in one release, by module."""

    release: str
    modules: dict[str, frozenset[str]]

    def has_module(self, module: str) -> bool:
        """Whether the release has a module of this name. ``tvm.nd`` is another name of one, as far as there is that."""
        return _OTHER_NAMES.get(module, module) in self.modules

    def missing_name(self, module: str, name: str) -> str:
        """What to say about a name that the alias of ``module`` does not have."""
        full = f"{module}.{name}"
        if name in self.modules.get(module, ()) or full in self.modules:
            return f"{codes.NOT_COVERED.id}: {full} exists in TVM {self.release} but is not covered here; see {PAGE}"
        hint = did_you_mean(name, self.modules.get(module, ()))
        return f"{codes.NOT_COVERED.id}: {full} is not covered here; see {PAGE}{f' ({hint})' if hint else ''}"

    def missing_module(self, module: str) -> str:
        """What to say about a module that the alias does not have."""
        return f"{codes.NOT_COVERED.id}: the module {module} is not covered here; see {PAGE}"


@cache
def profile(release: str) -> Profile:
    """The profile of a release such as "0.19"; DiagnosticError R2R0405 when there is none."""
    if release not in RELEASES:
        known = ", ".join(RELEASES)
        raise fail(codes.BAD_TARGET, f"there is no alias of TVM {release}", hint=f"known releases: {known}")
    text = files("migrate.alias").joinpath(f"names-{release}.json").read_text("utf-8")
    modules: dict[str, list[str]] = json.loads(text)
    return Profile(release, {name: frozenset(names) for name, names in modules.items()})
