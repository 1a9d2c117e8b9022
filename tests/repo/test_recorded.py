"""Where the recorded cases are required, they are there; and a missing collection skips or fails as it should."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import recorded


@pytest.mark.parametrize("name", recorded.NAMES)
def test_every_collection_opens(corpus: Callable[[str], recorded.Corpus], name: str) -> None:
    found = corpus(name)
    assert found.rows
    case = found.rows[0]["name"]
    assert found.has(case, "module.json") or found.has(case, "case.json")


def test_a_collection_is_read_by_case(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "few.zip", "w") as made:
        made.writestr("index.json", '[{"name": "one"}]')
        made.writestr("one/module.relay", "text")
    corpus = recorded.Corpus(tmp_path / "few.zip")
    assert [row["name"] for row in corpus.rows] == ["one"]
    assert corpus.text("one", "module.relay") == "text"
    assert not corpus.has("one", "data.npz")
    corpus.close()


def test_a_missing_collection_skips(corpus: Callable[[str], recorded.Corpus], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RELAY2RELAX_REQUIRE_CORPUS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="recorded cases are missing"):
        corpus("no_such_collection")
    assert recorded.rows("no_such_collection") == []


def test_a_missing_collection_fails_where_required(
    corpus: Callable[[str], recorded.Corpus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELAY2RELAX_REQUIRE_CORPUS", "1")
    with pytest.raises(pytest.fail.Exception, match="recorded cases are missing"):
        corpus("no_such_collection")
    with pytest.raises(FileNotFoundError):
        recorded.rows("no_such_collection")
