"""The import hook behind ``relay2relax as-tvm``.

``tvm.relay.x`` is :mod:`migrate.alias.tvm.relay.x` where that exists, else :mod:`relay_compat.x`: the same module
object under a second name, so that what a program patches is what runs. A name that the alias lacks raises an
AttributeError (a module: a ModuleNotFoundError) that starts with R2R0901 and says where the covered names are listed.
"""

from __future__ import annotations

import dis
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import FrameType, ModuleType
from typing import Any

from migrate.alias.profile import Profile, profile
from relax_core.assumed import assume

_ROOTS = frozenset({"tvm", "tvm_ffi"})
_HOMES = (
    # Modules of TVM whose names their package has as well.
    ("tvm.relay.analysis.analysis", "relay_compat.analysis"),
    ("tvm.relay.op.nn.nn", "relay_compat.op.nn"),
    ("tvm.relay.qnn.op.qnn", "relay_compat.qnn.op"),
    ("tvm.relay.transform.transform", "relay_compat.transform"),
    ("tvm.script.parser.relax.entry", "migrate.alias.script.entry"),
    ("tvm.relax.script.parser.entry", "migrate.alias.script.entry"),
    ("tvm.relax.transform.transform", "relax_core.transform"),
    ("tvm.relax.backend.contrib", "relax_core.byoc"),
    ("tvm.relax.backend.cuda", "relax_core.byoc"),
    ("tvm.relax.backend.pattern_registry", "relax_core.byoc.pattern_registry"),
    ("tvm.relax.backend.utils", "relax_core.byoc.checks"),
    ("tvm.relax.backend.patterns", "relax_core.byoc.patterns"),
    ("tvm.ir.tensor_type", "migrate.alias.tvm.ir"),
    ("tvm.ir.type", "migrate.alias.tvm.ir"),
    ("tvm.ir.type_relation", "migrate.alias.tvm.ir"),
    ("tvm.relax.dpl.context", "relax_core.dpl"),
    ("tvm.relax.dpl.pattern", "relax_core.dpl"),
    ("tvm.relax.dpl.rewrite", "relax_core.dpl"),
    ("tvm.relax.vm_build", "migrate.alias.tvm.relax.vm_build"),
    ("tvm.support.nvcc", "migrate.alias.tvm.contrib.nvcc"),
    # The tensor programs' IR, which was called tir before release 0.24.
    ("tvm.tirx", "migrate.alias.tvm.tir"),
    ("tvm.script.tirx", "migrate.alias.tvm.script.tir"),
    ("tvm.script.parser", "migrate.alias.tvm.script"),
    ("tvm.relax.type", "migrate.alias.tvm.relax.struct_info"),
    ("tvm.relax.script.parser", "migrate.alias.tvm.script.relax"),
    ("tvm", "migrate.alias.tvm"),
    ("tvm_ffi", "migrate.alias.tvm_ffi"),
    ("tvm.relay", "relay_compat"),
    ("tvm.relax", "relax_core"),
)
"""Which package stands behind which name, the first that has the module."""

_BY_RELEASE = (
    "tvm.nd", "tvm.relax.struct_info", "tvm.relax.type", "tvm.relay", "tvm.runtime.ndarray", "tvm.runtime.relax_vm",
    "tvm.script.tir", "tvm.script.tirx", "tvm.tir", "tvm.tirx", "tvm_ffi",
)  # fmt: skip
"""Packages and modules that only some releases have; the profile says which."""
_HIDDEN = tuple(name.partition(".")[2] for name in _BY_RELEASE if name.count(".") == 1)
"""Those of them that are names in ``tvm``."""
_IMPORT_FROM = dis.opmap["IMPORT_FROM"]
_IMPORT_NAME = dis.opmap["IMPORT_NAME"]
_EXTENDED = dis.opmap["EXTENDED_ARG"]
_ALIAS = "migrate.alias.tvm"
"""The package that is ``tvm``: Python looks for a name of ``from tvm import name`` among its modules."""


class MissingName(AttributeError):
    """A name that the alias does not have."""


class MissingImport(ImportError):
    """A name that ``from module import name`` asks for and the alias does not have."""


class MissingModule(ModuleNotFoundError):
    """A module that the alias does not have."""


def install(release: str) -> None:
    """Answer imports of ``tvm`` from now on, and take programs for those of this release.

    DiagnosticError R2R0405 for a release without a profile.
    """
    assume(release)
    sys.meta_path.insert(0, _Finder(profile(release)))


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: Profile) -> None:
        self._profile = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The specification of an alias; None for modules of others."""
        del path, target
        if fullname.startswith(f"{_ALIAS}."):
            self._refuse_hidden(fullname)
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        home = home_of(fullname, self._profile)
        if home is None:
            raise MissingModule(self._profile.missing_module(fullname), name=fullname)
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=home)
        spec.submodule_search_locations = []
        return spec

    def _refuse_hidden(self, fullname: str) -> None:
        """Refuse a module of the alias to ``from tvm import name`` in a release that has none of that name."""
        name = "tvm" + fullname.removeprefix(_ALIAS)
        if _is_left_out(name, self._profile) and _is_from_tvm(sys._getframe(2)):  # pyright: ignore[reportPrivateUsage]
            raise MissingModule(self._profile.missing_module(name), name=fullname)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module that stands behind the name."""
        assert spec.origin is not None
        module = importlib.import_module(spec.origin)
        if _ALIAS in sys.modules:
            self._hide()
        if spec.name == "tvm":
            importlib.import_module("migrate.alias.relax.scripts").attach()
            importlib.import_module("migrate.alias.relax.op_attributes").attach()
            importlib.import_module("migrate.alias.relax.global_calls").attach()
        known: Callable[[str], Any] | None = module.__dict__.get("__getattr__")
        if not getattr(known, "of_alias", False):
            module.__dict__["__getattr__"] = self._reporter(module, spec.name, known)
        return module

    def _hide(self) -> None:
        """Take back the names that Python gave, in the alias's own package, to modules that the release has not."""
        names = vars(sys.modules[_ALIAS])
        for leaf in _HIDDEN:
            if isinstance(names.get(leaf), ModuleType) and _is_left_out(f"tvm.{leaf}", self._profile):
                del names[leaf]

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to do: the module was executed under its own name."""

    def _reporter(self, module: ModuleType, name: str, known: Callable[[str], Any] | None) -> Callable[[str], Any]:
        def report(attribute: str) -> Any:
            if known is not None:
                try:
                    return known(attribute)
                except AttributeError:
                    pass
            if not attribute.startswith("__") and home_of(f"{name}.{attribute}", self._profile):
                return importlib.import_module(f"{name}.{attribute}")
            message = self._profile.missing_name(name, attribute)
            if _is_import_from(sys._getframe(1)):  # pyright: ignore[reportPrivateUsage]
                raise MissingImport(message, name=name)
            raise MissingName(message, name=attribute, obj=module)

        report.of_alias = True  # type: ignore[attr-defined]
        return report


def _is_import_from(frame: FrameType) -> bool:
    """Whether a frame asks for a name with ``from module import name``: Python replaces an AttributeError there by a
    message of its own.
    """
    return frame.f_code.co_code[frame.f_lasti] == _IMPORT_FROM


def _is_from_tvm(frame: FrameType | None) -> bool:
    """Whether the statement behind a search for a module, above the frames of Python's own machinery, names ``tvm``."""
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    if frame is None or frame.f_code.co_code[frame.f_lasti] != _IMPORT_NAME:
        return False
    code, place = frame.f_code.co_code, frame.f_lasti
    number, shift = code[place + 1], 8
    while place >= 2 and code[place - 2] == _EXTENDED:
        place -= 2
        number |= code[place + 1] << shift
        shift += 8
    return frame.f_code.co_names[number].partition(".")[0] == "tvm"


def home_of(name: str, names: Profile) -> str | None:
    """The module that stands behind an alias in a release; None for a name that is none there."""
    if _is_left_out(name, names):
        return None
    for prefix, home in _HOMES:
        if name == prefix or name.startswith(f"{prefix}."):
            candidate = home + name[len(prefix) :]
            if candidate in sys.modules or _exists(candidate):
                return candidate
    return None


def _is_left_out(name: str, names: Profile) -> bool:
    """Whether a module is one of those that other releases have."""
    return any((name == item or name.startswith(f"{item}.")) and not names.has_module(item) for item in _BY_RELEASE)


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
