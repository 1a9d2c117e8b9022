"""The bytes of a file, bounded."""

from __future__ import annotations

import os
from pathlib import Path

from tensor_core import codes
from tensor_core.diagnostics import fail
from tensor_core.limits import Limits


def read_bytes(path: str | os.PathLike[str], limits: Limits | None = None) -> bytes:
    """The bytes of a file; R2R0701 when it cannot be read, R2R0111 when it is larger than the limit."""
    limits = limits or Limits()
    try:
        # A device or a pipe has no size: never read more than the limit.
        with Path(path).open("rb") as stream:
            data = stream.read(min(limits.bytes, os.fstat(stream.fileno()).st_size or limits.bytes) + 1)
            data += stream.read(limits.bytes + 1 - len(data)) if data else b""
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise fail(codes.FILE_MISSING, f"cannot read {path}: {reason}", hint="check the path") from error
    if len(data) > limits.bytes:
        raise fail(
            codes.LIMIT, f"{path} is larger than {limits.bytes} bytes", hint="raise the limit if you trust the file"
        )
    return data
