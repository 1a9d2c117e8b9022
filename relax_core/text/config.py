"""What a caller may choose about printed scripts, beside the release."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptConfig:
    """Options of printing.

    * ``exact``: say what the release's own printer says, also where its parser does not read that: operators that its
      parser lacks, arrays as references to a metadata section that is left out. Else the text reads back.
    * ``show_meta``: write the metadata section, and arrays as references to it.
    * ``pep695``: symbolic dimensions as type parameters, ``def main[n](...)``, as TVM 0.27 prints on Python 3.12.
    * ``module_alias``: the local name of the module in functions that call others; empty: the module's own name.
    * ``show_all_types``: annotate variables also where the type follows from the value.
    * ``verbose``: of a lone expression or type, also declare the variables that it mentions.
    * ``name``: what a function that is printed by itself is called; by default its global symbol, else ``main``.
    """

    exact: bool = False
    show_meta: bool = False
    pep695: bool = False
    module_alias: str = "cls"
    show_all_types: bool = True
    verbose: bool = False
    name: str = ""

    @property
    def refers(self) -> bool:
        """Whether arrays are references to the metadata section."""
        return self.exact or self.show_meta


DEFAULT = ScriptConfig()
