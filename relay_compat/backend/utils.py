"""Names of modules in generated code (tvm.relay.backend.utils in TVM 0.19)."""

from __future__ import annotations


def mangle_module_name(mod_name: str | None) -> str:
    """The prefix of a module's names in generated code. ValueError for a name with characters beyond ASCII."""
    if not mod_name:
        return "tvmgen"
    if not mod_name.isascii():
        raise ValueError(f"{mod_name} contains invalid characters")
    return f"tvmgen_{mod_name}"
