"""What calls of built-ins state of their results; the built-ins themselves are in :mod:`relax_core.builtins`."""

from __future__ import annotations

from relax_core.builtins.builtin import stated_type

__all__ = ["stated_type"]
