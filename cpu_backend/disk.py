"""Object code kept from process to process, in a folder of the user's own.

What is read is machine code that will run, so nothing is taken on trust: the folder and its files belong to the user
and nobody else may write to them, and each file begins with a digest of its name and contents. Files are written beside
their place and moved there, so that processes which share the folder see whole files only.
"""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from tensor_core import codes
from tensor_core.diagnostics import DiagnosticError, fail

VARIABLE = "RELAY2RELAX_CACHE"
"""The environment variable that names the folder, or says "off"."""

_MAGIC = b"r2rcode1"
_DIGEST = 32
_HEADER = len(_MAGIC) + _DIGEST
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class DiskCache:
    """Files of object code in one folder, of at most ``capacity`` bytes together: those not used for longest go first.

    DiagnosticError R2R0610 when the folder cannot be made, is not the user's own, or others may write to it. After
    that, a file that cannot be read or written is only not there.
    """

    def __init__(self, folder: Path, capacity: int = 512 << 20) -> None:
        self._capacity = capacity
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Files are opened through this: it stays the folder that was checked whatever becomes of its path.
            self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise _refused(f"{folder} cannot be used: {error.strerror}") from error
        if not _is_own(os.fstat(self._folder)):
            # It is closed with this object, once: its number may be another file's by then.
            raise _refused(f"{folder} is not yours alone to write to, so its code is not run")

    def __del__(self) -> None:
        with suppress(AttributeError, OSError):
            os.close(self._folder)

    def get(self, key: bytes) -> bytes | None:
        """The code kept under a key; None when there is none, or none that is what was put there."""
        try:
            file = os.open(key.hex(), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        except OSError:
            return None
        with os.fdopen(file, "rb") as stream:
            status = os.fstat(file)
            if stat.S_ISREG(status.st_mode) and _is_own(status) and status.st_size <= self._capacity:
                content = stream.read()
                code = content[_HEADER:]
                if content[:_HEADER] == _MAGIC + _digest(key, code):
                    with suppress(OSError):
                        os.utime(file)
                    return code
        self._remove(key.hex())
        return None

    def put(self, key: bytes, code: bytes) -> None:
        """Keep code under a key."""
        if len(code) + _HEADER > self._capacity:
            return
        name = f"{secrets.token_hex(8)}.new"
        try:
            file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=self._folder)
            with os.fdopen(file, "wb") as stream:
                stream.write(_MAGIC + _digest(key, code) + code)
            os.replace(name, key.hex(), src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except OSError:
            self._remove(name)
        self._bound()

    def _bound(self) -> None:
        files: list[tuple[float, int, str]] = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                # Another process may remove a file between the two looks.
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    files.append((status.st_mtime, status.st_size, entry.name))
        total = sum(size for _, size, _ in files)
        for _, size, name in sorted(files):
            if total <= self._capacity:
                break
            self._remove(name)
            total -= size

    def _remove(self, name: str) -> None:
        with suppress(OSError):
            os.unlink(name, dir_fd=self._folder)


def _refused(message: str) -> DiagnosticError:
    hint = f"set {VARIABLE} to a folder that only you can write to (chmod 700), or to 'off'"
    return fail(codes.UNSAFE_CACHE, message, hint=hint)


def _digest(key: bytes, code: bytes) -> bytes:
    return blake2b(key + code, digest_size=_DIGEST).digest()


def _is_own(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid() and not status.st_mode & _OTHERS_WRITE


@lru_cache(maxsize=1)
def user_cache() -> DiskCache | None:
    """The cache in the folder that ``RELAY2RELAX_CACHE`` names, by default the user's cache folder; None when it is
    "off", or when there is no folder of one's own to be had.

    DiagnosticError R2R0610 when the folder that the variable names cannot be used.
    """
    named = os.environ.get(VARIABLE, "")
    if named.lower() in ("off", "0") or not hasattr(os, "geteuid"):
        return None
    if named:
        return DiskCache(Path(named))
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return DiskCache(base / "relay2relax" / "code")
    except (DiagnosticError, RuntimeError):
        return None
