"""tvm.relay.parser."""

from relay_compat.text.parser import fromtext, parse, parse_expr

__all__ = ["fromtext", "parse", "parse_expr"]
