"""The server of reports answers only who knows its address, and only under its own name."""

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from migrate.cli.main import main
from migrate.report.serve import LOOPBACK, ReportServer


@pytest.fixture
def server() -> Iterator[ReportServer]:
    with ReportServer(lambda: b"<!doctype html>") as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def answer(server: ReportServer, path: str, host: str | None = None, method: str = "GET") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(LOOPBACK, server.server_port, timeout=5)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_the_report_is_at_its_address_alone(server: ReportServer) -> None:
    path = f"/{server.token}/"
    found = answer(server, path)
    assert found.status == 200
    assert found.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert found.headers["X-Frame-Options"] == "DENY"
    assert server.url == f"http://{LOOPBACK}:{server.server_port}{path}"
    assert [answer(server, bad).status for bad in ("/", f"/{server.token}", f"{path}x", "/..%2f/")] == [404] * 4
    assert answer(server, path, method="POST").status == 501


def test_other_names_for_the_same_machine_are_turned_away(server: ReportServer) -> None:
    path = f"/{server.token}/"
    assert answer(server, path, host=f"localhost:{server.server_port}").status == 200
    assert answer(server, path, host=f"evil.example:{server.server_port}").status == 421
    assert answer(server, path, host=LOOPBACK).status == 421


def test_each_server_has_its_own_secret_and_only_loopback_reaches_it(server: ReportServer) -> None:
    assert server.server_address[0] == LOOPBACK
    with ReportServer(lambda: b"") as other:
        assert other.token != server.token
        assert len(other.token) >= 32


def test_what_cannot_be_served_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "model.relay"
    model.write_text('#[version = "0.0.5"]\n')
    other = CliRunner().invoke(main, ["serve", str(model)])
    assert (other.exit_code, "is no HTML file" in other.stderr) == (2, True)
    missing = CliRunner().invoke(main, ["serve", "no-such-report.html"])
    assert missing.exit_code == 2
    assert "R2R07" in missing.stderr
