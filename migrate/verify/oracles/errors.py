"""How asking an oracle fails."""


class OracleMissing(Exception):
    """There is no such interpreter."""


class OracleError(Exception):
    """The other side raised an exception.

    ``kind``: its class; ``message``: its text; ``log``: what was written to stderr meanwhile.
    """

    def __init__(self, kind: str, message: str, log: str) -> None:
        super().__init__(f"{kind}: {message}" + (f"\n{log}" if log else ""))
        self.kind, self.message, self.log = kind, message, log


class OracleCrashed(Exception):
    """The process ended, as by a failed check in native code.

    ``returncode``: as in :mod:`subprocess`; ``log``: its stderr.
    """

    def __init__(self, name: str, returncode: int, log: str) -> None:
        super().__init__(f"the process of {name} ended with {returncode}\n{log}")
        self.returncode, self.log = returncode, log


class OracleTimeout(Exception):
    """No answer in time; the process was ended."""
