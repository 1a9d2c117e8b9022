"""The way back. It exists as a name so that pipelines can be written against it; it refuses until it is built."""

from __future__ import annotations

from typing import NoReturn

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.module import IRModule


def revert(module: IRModule) -> NoReturn:
    """Convert a Relax module to Relay. Always raises R2R0404 in this release."""
    raise fail(
        codes.REVERT_UNSUPPORTED,
        f"this release converts Relay to Relax only; the module with {len(module)} functions stays Relax",
        hint="keep the Relay module that you converted from: conversion does not change it",
    )
