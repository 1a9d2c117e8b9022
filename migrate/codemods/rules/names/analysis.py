"""Functions of ``relay.analysis`` that Relax has, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from migrate.codemods.renames import Renames
from migrate.codemods.rule import Example


class Analysis(Renames):
    """See the module text."""

    id: ClassVar[str] = "relay.names.analysis"
    title: ClassVar[str] = "relay.analysis.free_vars and others become those of relax.analysis"
    explanation: ClassVar[str] = (
        "Variables of an expression and walks over it are asked for by the same names. Since TVM 0.25 well_formed"
        " raises and returns nothing; check_well_formed returns a truth value, as Relay's did."
    )
    facts: ClassVar[str] = "tvm.relay.analysis of TVM 0.19; tvm.relax.analysis of TVM 0.21, 0.25, 0.26 and 0.27"
    table: ClassVar[Mapping[str, str]] = {
        "tvm.relay.analysis.free_vars": "tvm.relax.analysis.free_vars",
        "tvm.relay.analysis.bound_vars": "tvm.relax.analysis.bound_vars",
        "tvm.relay.analysis.all_vars": "tvm.relax.analysis.all_vars",
        "tvm.relay.analysis.post_order_visit": "tvm.relax.analysis.post_order_visit",
        "tvm.relay.analysis.well_formed": "{well_formed}",
        "tvm.relay.ir_pass.free_vars": "tvm.relax.analysis.free_vars",
        "tvm.relay.ir_pass.post_order_visit": "tvm.relax.analysis.post_order_visit",
        "tvm.relay.analysis.alpha_equal": "{structural_equal}",
        "tvm.relay.analysis.graph_equal": "{structural_equal}",
        "tvm.relay.analysis.structural_hash": "{structural_hash}",
    }
    examples: ClassVar[tuple[Example, ...]] = (
        Example(
            """from tvm import relay
from tvm.relay.analysis import post_order_visit


def count(expr, names):
    post_order_visit(expr, lambda node: names.append(type(node)))
    assert relay.analysis.well_formed(expr)
    return relay.analysis.free_vars(expr)
""",
            """from tvm import relax
from tvm.relax.analysis import post_order_visit


def count(expr, names):
    post_order_visit(expr, lambda node: names.append(type(node)))
    assert relax.analysis.check_well_formed(expr)
    return relax.analysis.free_vars(expr)
""",
        ),
    )
    valid: ClassVar[tuple[str, ...]] = (
        "from tvm import relax\n\nfree = relax.analysis.free_vars(expr)\n",
        "def free_vars(expr):\n    return []\n\n\nfree = free_vars(1)  # relay.analysis.free_vars\n",
    )


RULE = Analysis()
