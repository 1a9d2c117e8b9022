"""tvm.relax.backend: the tables of patterns for compilers outside."""

from relax_core.byoc import checks as utils
from relax_core.byoc import pattern_registry, patterns
from relax_core.byoc.pattern_registry import get_pattern, get_patterns_with_prefix

__all__ = ["get_pattern", "get_patterns_with_prefix", "pattern_registry", "patterns", "utils"]
