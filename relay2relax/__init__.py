"""The public API of relay2relax: everything that :mod:`migrate` exports."""

from migrate import ConversionResult, Verdict, convert, load, revert, run, verify

__all__ = ["ConversionResult", "Verdict", "convert", "load", "revert", "run", "verify"]
