"""tvm.rpc: a server whose programs run in this process; nothing runs elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from migrate.alias.tvm.contrib.utils import TempDirectory, tempdir
from migrate.alias.tvm.runtime.device import Device, cpu
from migrate.alias.tvm.runtime.module import Module, load_module

__all__ = ["RPCSession", "Server", "connect"]


class Server:
    """A server of this process; it is there for its address."""

    def __init__(self, host: str = "0.0.0.0", port: int = 9091, port_end: int = 9199, **options: Any) -> None:
        del port_end, options
        self.host = host
        self.port = port

    def terminate(self) -> None:
        """Nothing is to be ended."""


class RPCSession:
    """A folder for uploaded programs, which are loaded into this process."""

    def __init__(self) -> None:
        self._folder: TempDirectory = tempdir()

    def upload(self, data: Any, target: str | None = None) -> str:
        """Copy a file into the connection's folder, or write bytes there; answers its name."""
        name = target or Path(str(data)).name
        path = self._folder.relpath(name)
        if isinstance(data, (bytes, bytearray)):
            Path(path).write_bytes(data)
        else:
            shutil.copyfile(str(data), path)
        return name

    def load_module(self, path: str) -> Module:
        """The program of an uploaded file."""
        return load_module(self._folder.relpath(path))

    def cpu(self, dev_id: int = 0) -> Device:
        """The CPU."""
        return cpu(dev_id)


def connect(url: str, port: int, key: str = "", session_timeout: int = 0, **options: Any) -> RPCSession:
    """A connection to the server of this process."""
    del url, port, key, session_timeout, options
    return RPCSession()
