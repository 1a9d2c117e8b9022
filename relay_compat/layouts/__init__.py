"""Layouts of tensors, and how operators carry them from their arguments to their results."""

from relay_compat.layouts.inferred import InferCorrectLayoutOutput
from relay_compat.layouts.layout import Layout, layout

__all__ = ["InferCorrectLayoutOutput", "Layout", "layout"]
