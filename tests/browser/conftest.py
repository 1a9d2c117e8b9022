"""A headless Chromium that opens reports from files. Without one, or without Playwright, these tests are skipped."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser: RELAY2RELAX_CHROMIUM, or the first of the usual names in the path."""
    playwright = pytest.importorskip("playwright.sync_api", reason="tox -e browser has Playwright")
    place = os.environ.get("RELAY2RELAX_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if place is None:
        pytest.skip("no Chromium found: install one (Debian: chromium), or set RELAY2RELAX_CHROMIUM")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_report(chromium: Any) -> Iterator[Callable[..., Any]]:
    """`open_report(path, ...)` opens a report without a network. Afterwards nothing must have been written to the
    console, thrown, or asked for beside the file.
    """
    contexts: list[Any] = []
    faults: list[str] = []

    def opened(path: Path, **options: Any) -> Any:
        context = chromium.new_context(offline=True, **{"viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: _note(request.url, path, faults))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


def _note(url: str, path: Path, faults: list[str]) -> None:
    if url.split("#")[0] != path.as_uri() and not url.startswith("data:"):
        faults.append(f"request: {url}")
