"""A report on this machine's loopback address: for browsers that open no files, over an SSH tunnel for one.

Only who knows the address gets it: the path holds a secret, and requests for another host's name are turned away, so
that neither other users' guesses nor pages of other sites reach it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.1"
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class ReportServer(ThreadingHTTPServer):
    """Serves what ``read`` gives, anew for each request, at :attr:`url` and nowhere else. ``port`` 0: any free one."""

    daemon_threads = True

    def __init__(self, read: Callable[[], bytes], port: int = 0) -> None:
        self.read = read
        self.token = secrets.token_urlsafe(24)
        super().__init__((LOOPBACK, port), _Handler)

    @property
    def url(self) -> str:
        """The address."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.token}/"

    def is_own(self, host: str | None) -> bool:
        """Whether a request names this server, not a name that someone made point here."""
        return host in (f"{LOOPBACK}:{self.server_port}", f"localhost:{self.server_port}")


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: ReportServer  # pyright: ignore[reportIncompatibleVariableOverride]
    server_version = "relay2relax"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer with the report."""
        if not self.server.is_own(self.headers.get("Host")):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        if not secrets.compare_digest(self.path.encode(), f"/{self.server.token}/".encode()):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        try:
            content = self.server.read()
        except OSError:
            self.send_error(HTTPStatus.GONE)
            return
        self.send_response(HTTPStatus.OK)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: the path is a secret."""
