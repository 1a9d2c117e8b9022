"""``relay2relax serve``."""

from __future__ import annotations

from pathlib import Path

import click

from migrate.cli.common import GOOD, command, print_json
from migrate.cli.options import json_option


@click.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0 takes any free port.")
@click.option("--open", "open_it", is_flag=True, help="Open it in the browser.")
@json_option
@command
def serve(report: Path, port: int, open_it: bool, as_json: bool) -> int:
    """Serve a REPORT (an HTML file of 'report' or 'scan') on this machine's loopback address, until Ctrl-C.

    A report opens from the file system as well; this is for browsers that cannot: over a tunnel, from a container. The
    address holds a secret and is not reachable from other machines or from other sites' pages.

    \b
    Example: relay2relax serve report.html --port 8765
    """
    import webbrowser

    from migrate.report.serve import ReportServer
    from migrate.whole_file import read_bytes
    from tensor_core import codes
    from tensor_core.diagnostics import fail

    if not read_bytes(report).lstrip()[:9].lower().startswith(b"<!doctype"):
        message = f"{report} is no HTML file"
        raise fail(codes.BAD_OPTION, message, hint="write one by 'relay2relax report MODEL', or 'scan DIR --html FILE'")
    try:
        server = ReportServer(report.read_bytes, port)
    except OSError as error:
        message = f"port {port} cannot be used: {error.strerror}"
        raise fail(codes.BAD_OPTION, message, hint="give another --port, or none") from error
    with server:
        if as_json:
            print_json({"exit_code": GOOD, "report": str(report), "url": server.url})
        else:
            click.echo(server.url)
        if open_it:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo(err=True)
    return GOOD
