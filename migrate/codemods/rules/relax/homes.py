"""Names of earlier Relax releases that the target has under another module."""

from __future__ import annotations

from typing import ClassVar

from migrate.codemods.rule import Example
from migrate.codemods.rules.names.homes import Homes


class RelaxHomes(Homes):
    """See the module text."""

    id: ClassVar[str] = "relax.names.homes"
    title: ClassVar[str] = "names whose module moved between Relax releases: tvm.tir becomes tvm.tirx"
    source: ClassVar[str] = "relax"
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            "from tvm import relax, tir\n\nn = tir.Var('n', 'int64')\n",
            "from tvm import relax\nfrom tvm import tirx\n\nn = tirx.Var('n', 'int64')\n",
        ),
        Example(
            "import tvm\n\nana = tvm.arith.Analyzer()\n",
            "import tvm\n\nana = tvm.sym.Analyzer()\n",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = ("from tvm import tirx\n\nx = tirx.Var('x', 'int32')\n",)


RULE = RelaxHomes()
