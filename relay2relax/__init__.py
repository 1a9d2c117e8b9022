"""The public API of relay2relax: everything that :mod:`migrate` exports."""

from migrate import ConversionResult, DiagnosticError, Verdict, convert, load, revert, run, verify

__all__ = ["ConversionResult", "DiagnosticError", "Verdict", "convert", "load", "revert", "run", "verify"]
