"""tvm.relay.base."""

from migrate.alias.tvm.ir.base import Node as RelayNode
from migrate.alias.tvm.ir.base import SequentialSpan, SourceName, Span
from relay_compat.ir.expr import Id
from relay_compat.text.printer import astext, pretty_print

__all__ = ["Id", "RelayNode", "SequentialSpan", "SourceName", "Span", "astext", "pretty_print"]
