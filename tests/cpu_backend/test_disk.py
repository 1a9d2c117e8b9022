"""The cache of machine code on disk: what is read is what was written, by nobody else, within bounds."""

import multiprocessing
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cpu_backend import disk, jit, llvm
from cpu_backend.cache import KernelCache
from cpu_backend.disk import DiskCache, user_cache
from cpu_backend.jit import Options
from tensor_core.diagnostics import DiagnosticError
from tensor_core.loops.builder import LoopBuilder
from tensor_core.loops.nodes import PrimFunc
from tensor_core.types import TensorType

KEY, OTHER = b"k" * 32, b"o" * 32
OPTIMISED = Options(level=1)


def kernel(add: float = 1.0, dtype: str = "float32") -> PrimFunc:
    b = LoopBuilder()
    x = b.input("x", TensorType((40,), dtype))
    return b.finish("kernel", [b.compute((40,), lambda i: x[i] + add)])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own that the environment names."""
    path = tmp_path / "code"
    monkeypatch.setenv(disk.VARIABLE, str(path))
    user_cache.cache_clear()
    return path


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    user_cache.cache_clear()


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def refused(folder: Path) -> str:
    with pytest.raises(DiagnosticError) as caught:
        DiskCache(folder)
    return caught.value.diagnostics[0].code.id


def run(func: PrimFunc) -> np.ndarray:
    """What a kernel gives, compiled by nothing that this process remembers."""
    (compiled,) = KernelCache().get([func], OPTIMISED)
    assert compiled is not None
    x, y = np.arange(40, dtype=np.float32), np.empty(40, np.float32)
    compiled.call(x.ctypes.data, y.ctypes.data, 0)
    return y


# ---------------------------------------------------------------- what is kept


def test_code_is_found_again(tmp_path: Path) -> None:
    DiskCache(tmp_path / "a").put(KEY, b"code")
    again = DiskCache(tmp_path / "a")
    assert again.get(KEY) == b"code"
    assert again.get(OTHER) is None


def test_nothing_is_compiled_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(kernel())
    assert len(files(folder)) == 1

    def never(text: str, level: int) -> bytes:
        raise AssertionError(f"compiled again at level {level}: {text}")

    monkeypatch.setattr(llvm, "object_code", never)
    np.testing.assert_array_equal(run(kernel()), first)
    with pytest.raises(AssertionError, match="compiled again"):
        run(kernel(add=2.0))


def test_kernels_without_code_are_told_apart(folder: Path) -> None:
    funcs = [kernel(dtype="float8_e4m3fn"), kernel()]
    for _ in range(2):
        none, some = KernelCache().get(funcs, OPTIMISED)
        assert none is None
        assert some is not None
    assert len(files(folder)) == 1


def test_code_that_is_made_fast_is_not_kept(folder: Path) -> None:
    KernelCache().get([kernel()], Options(level=0))
    assert not folder.exists()


@pytest.mark.parametrize("what", ["level", "strict", "host", "version"])
def test_other_ways_of_compiling_are_other_code(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def key(strict: bool = False, level: int = 1) -> bytes:
        return jit.code_key([b"digest"], strict, jit.Way(level, vectors=True))

    before = key()
    assert key() == before
    if what == "host":
        monkeypatch.setattr(llvm, "host", lambda: llvm.Host("x86-64", "", 128, 16, has_half=False))
    elif what == "version":
        monkeypatch.setattr(jit, "_version", lambda: "another")
    assert key(strict=what == "strict", level=2 if what == "level" else 1) != before


# ---------------------------------------------------------------- what is not trusted


@pytest.mark.parametrize("change", ["a bit", "the end", "all", "the name"])
def test_what_is_not_what_was_put_there_is_not_used(tmp_path: Path, change: str) -> None:
    cache = DiskCache(tmp_path / "a")
    cache.put(KEY, b"code" * 100)
    (path,) = files(tmp_path / "a")
    content = bytearray(path.read_bytes())
    if change == "a bit":
        content[-1] ^= 1
    elif change == "the end":
        del content[-8:]
    elif change == "all":
        content.clear()
    path.write_bytes(content)
    if change == "the name":
        path.rename(path.with_name(OTHER.hex()))
    assert cache.get(OTHER if change == "the name" else KEY) is None
    assert not files(tmp_path / "a")


def test_damaged_code_is_made_anew(folder: Path) -> None:
    first = run(kernel())
    (path,) = files(folder)
    path.write_bytes(path.read_bytes()[:-100])
    np.testing.assert_array_equal(run(kernel()), first)
    assert len(files(folder)) == 1


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "a")
    cache.put(KEY, b"code")
    (path,) = files(tmp_path / "a")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert cache.get(KEY) is None


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_is_not_used(tmp_path: Path, mode: int) -> None:
    cache = DiskCache(tmp_path / "a")
    cache.put(KEY, b"code")
    (path,) = files(tmp_path / "a")
    path.chmod(mode)
    assert cache.get(KEY) is None


def test_the_folder_is_made_for_the_user_alone(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "b" / "a")
    cache.put(KEY, b"code")
    assert stat.S_IMODE((tmp_path / "b" / "a").stat().st_mode) == 0o700
    assert stat.S_IMODE(files(tmp_path / "b" / "a")[0].stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(mode)
    assert refused(tmp_path / "a") == "R2R0610"


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "a").stat().st_uid + 1)
    assert refused(tmp_path / "a") == "R2R0610"


def test_a_link_to_a_folder_and_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o700)
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "c").write_text("")
    assert refused(tmp_path / "b") == "R2R0610"
    assert refused(tmp_path / "c") == "R2R0610"


# ---------------------------------------------------------------- bounds


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "a", capacity=2000)
    names = [bytes([n]) * 32 for n in range(3)]
    for age, name in zip((30, 20, 10), names, strict=True):
        cache.put(name, b"x" * 500)
        path = tmp_path / "a" / name.hex()
        now = path.stat().st_mtime
        os.utime(path, (now - age, now - age))
    assert cache.get(names[0]) is not None
    cache.put(KEY, b"x" * 1000)
    assert [cache.get(name) is not None for name in (*names, KEY)] == [True, False, False, True]
    assert sum(path.stat().st_size for path in files(tmp_path / "a")) <= 2000


def test_code_larger_than_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "a", capacity=100)
    cache.put(KEY, b"x" * 100)
    assert not files(tmp_path / "a")


def test_files_that_a_writer_left_behind_count(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "a", capacity=1000)
    left = tmp_path / "a" / "0.new"
    left.write_bytes(b"x" * 900)
    os.utime(left, (0, 0))
    cache.put(KEY, b"x" * 500)
    assert not left.exists()
    assert cache.get(KEY) is not None


def _write(path: Path, number: int) -> None:
    cache = DiskCache(path, capacity=20_000)
    for turn in range(200):
        cache.put(bytes([turn % 7]) * 32, bytes([turn % 7]) * (1000 + number))
        content = cache.get(bytes([(turn + number) % 7]) * 32)
        if content is not None:
            assert set(content) == {(turn + number) % 7}
            assert len(content) in range(1000, 1004)


def test_writers_at_the_same_time_see_whole_files(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(tmp_path / "a", n)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert not list((tmp_path / "a").glob("*.new"))


def test_a_full_disk_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = DiskCache(tmp_path / "a")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    cache.put(KEY, b"code")
    assert cache.get(KEY) is None
    assert not files(tmp_path / "a")


# ---------------------------------------------------------------- the environment


@pytest.mark.parametrize("value", ["off", "OFF", "0"])
def test_it_can_be_switched_off(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(disk.VARIABLE, value)
    user_cache.cache_clear()
    assert user_cache() is None


def test_a_named_folder_that_is_not_safe_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o777)
    monkeypatch.setenv(disk.VARIABLE, str(tmp_path / "a"))
    user_cache.cache_clear()
    with pytest.raises(DiagnosticError) as caught:
        run(kernel())
    assert caught.value.diagnostics[0].code.id == "R2R0610"
    assert disk.VARIABLE in (caught.value.diagnostics[0].hint or "")


def test_the_users_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(disk.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    user_cache.cache_clear()
    run(kernel())
    assert len(files(tmp_path / "relay2relax" / "code")) == 1
    # Not safe, but nobody asked for it: nothing is kept.
    (tmp_path / "relay2relax" / "code").chmod(0o777)
    user_cache.cache_clear()
    assert user_cache() is None
