"""Statements of scripts that Python evaluates, too: those in a module's class. The reader takes them from text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["module_attrs", "module_global_infos"]


def module_attrs(attrs: Mapping[str, Any], allow_overwrite: bool = False) -> None:
    """The attributes of a module."""
    del attrs, allow_overwrite


def module_global_infos(global_infos: Mapping[str, Sequence[Any]]) -> None:
    """The global information of a module."""
    del global_infos
