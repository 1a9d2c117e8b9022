"""tvm.contrib.utils: temporary folders."""

from __future__ import annotations

import os
import shutil
import tempfile


class TempDirectory:
    """A folder that goes with the object."""

    def __init__(self, custom_path: str | None = None) -> None:
        self.path = custom_path or tempfile.mkdtemp()
        os.makedirs(self.path, exist_ok=True)

    def relpath(self, name: str) -> str:
        """The path of a file in the folder."""
        return os.path.join(self.path, name)

    __truediv__ = relpath

    def listdir(self) -> list[str]:
        """The names in the folder."""
        return os.listdir(self.path)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self) -> TempDirectory:
        return self

    def __exit__(self, *exception: object) -> None:
        self.remove()

    def __del__(self) -> None:
        self.remove()


def tempdir(custom_path: str | None = None, keep_for_debug: bool = False) -> TempDirectory:
    """A new temporary folder."""
    del keep_for_debug
    return TempDirectory(custom_path)
