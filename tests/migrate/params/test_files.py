"""Parameter files: the same arrays give the same bytes, and come back to the bit, whatever they hold."""

import hashlib
import json
import runpy
import struct
from collections import Counter
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import migrate
from migrate.params.files import how_to_load, params_writer, read_params
from relay_compat.params import save_params
from tensor_core.diagnostics import DiagnosticError

QUIET = np.array([0x7FC00000, 0xFFC00001, 0x7F800001, 0x80000000, 0xFF800000], "uint32").view("float32")
ARRAYS = {
    "nan payloads": QUIET.reshape(5, 1),
    "bfloat16": np.arange(0x7F7E, 0x7F84, dtype="uint16").view(ml_dtypes.bfloat16),
    "float8_e4m3fn": np.arange(256, dtype="uint8").view(ml_dtypes.float8_e4m3fn).reshape(2, 128),
    "float8_e5m2": np.arange(256, dtype="uint8").view(ml_dtypes.float8_e5m2),
    "int4": np.arange(-8, 8).astype(ml_dtypes.int4),
    "bool": np.array([True, False, True]),
    "scalar": np.array(-0.0),
    "empty": np.zeros((0, 3), "int64"),
    "half": np.array([1.5, -np.inf], "float16"),
    "strided": np.arange(24, dtype="uint16").reshape(4, 6)[::2, ::-1],
}


def bits(array: np.ndarray) -> tuple[object, ...]:
    return (array.shape, array.dtype.itemsize, array.tobytes())


def written(path: Path, arrays: dict[str, np.ndarray]) -> bytes:
    with path.open("wb") as stream:
        params_writer(path, arrays)(stream)
    return path.read_bytes()


@pytest.mark.parametrize("ending", [".npz", ".safetensors"])
def test_arrays_come_back_to_the_bit(ending: str, tmp_path: Path):
    path = tmp_path / f"p{ending}"
    first = written(path, ARRAYS)
    found = read_params(path)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert bits(found[name]) == bits(array), name
    assert hashlib.sha256(written(tmp_path / f"q{ending}", dict(ARRAYS))).digest() == hashlib.sha256(first).digest()


def test_safetensors_names_what_the_format_has_no_name_for(tmp_path: Path):
    path = tmp_path / "p.safetensors"
    data = written(path, ARRAYS)
    (length,) = struct.unpack_from("<Q", data)
    assert length % 8 == 0
    header = json.loads(data[8 : 8 + length])
    assert header["bfloat16"] == {"dtype": "BF16", "shape": [6], "data_offsets": [20, 32]}
    assert header["int4"]["dtype"] == "I8"
    assert header["__metadata__"] == {"int4": "int4"}
    assert {name: array.dtype for name, array in read_params(path).items()} == {
        name: array.dtype for name, array in ARRAYS.items()
    }


def test_numpy_reads_what_it_knows(tmp_path: Path):
    path = tmp_path / "p.npz"
    written(path, ARRAYS)
    with np.load(path, allow_pickle=False) as archive:
        assert archive["bfloat16"].dtype == "V2"
        assert bits(archive["nan payloads"]) == bits(ARRAYS["nan payloads"])


def test_raw_bytes_become_what_the_program_declares(tmp_path: Path):
    path = tmp_path / "p.npz"
    written(path, {"w": ARRAYS["bfloat16"]})
    module = migrate.load('#[version = "0.0.5"]\ndef @main(%w: Tensor[(6), bfloat16]) { %w }\n', path)
    assert module.params["w"].dtype == ml_dtypes.bfloat16


@pytest.mark.parametrize("damage", ["cut", "length", "offsets", "dtype", "text", "list"])
def test_damaged_safetensors_are_refused(damage: str, tmp_path: Path):
    path = tmp_path / "p.safetensors"
    data = written(path, {"w": np.arange(4, dtype="float32")})
    header = data[8:-16]
    broken = {
        "cut": data[:-1],
        "length": struct.pack("<Q", 1 << 60) + data[8:],
        "offsets": data.replace(b"[0,16]", b"[8,24]"),
        "dtype": data.replace(b'"F32"', b'"F33"'),
        "text": data.replace(b'"shape"', b'"s\xffape"'),
        "list": struct.pack("<Q", 2) + b"[]",
    }[damage]
    assert header
    path.write_bytes(broken)
    with pytest.raises(DiagnosticError, match="R2R0302"):
        read_params(path)


def test_unknown_endings_are_refused():
    with pytest.raises(DiagnosticError, match="R2R0703"):
        params_writer("p.h5", {})


def test_files_of_relay_are_read_as_before(tmp_path: Path):
    path = tmp_path / "p.params"
    path.write_bytes(save_params({"w": QUIET}))
    assert bits(read_params(path)["w"]) == bits(QUIET)


@pytest.mark.parametrize("ending", [".npz", ".safetensors"])
def test_bytes_in_the_other_order_are_the_same_numbers(ending: str, tmp_path: Path):
    path = tmp_path / f"p{ending}"
    theirs = np.arange(4, dtype="float32")
    written(path, {"w": theirs.astype(theirs.dtype.newbyteorder())})
    assert read_params(path)["w"].dtype == theirs.dtype
    assert bits(read_params(path)["w"]) == bits(theirs)


def test_what_numpy_wrote_on_another_machine_runs(tmp_path: Path):
    theirs = np.arange(4, dtype="float32")
    np.savez(tmp_path / "p.npz", w=theirs.astype(theirs.dtype.newbyteorder()))
    text = '#[version = "0.0.5"]\ndef @main(%w: Tensor[(4), float32]) { add(%w, %w) }\n'
    (found,) = migrate.run(migrate.load(text, tmp_path / "p.npz"), {})
    assert bits(found) == bits(theirs + theirs)
    (given,) = migrate.run(migrate.load(text, {"w": theirs.astype(theirs.dtype.newbyteorder())}), {})
    assert bits(given) == bits(found)


def _safetensors(header: str, data: bytes = bytes(16)) -> bytes:
    return struct.pack("<Q", len(header)) + header.encode() + data


W = '{"dtype":"F32","shape":[4],"data_offsets":[0,16]}'


@pytest.mark.parametrize(
    "content",
    [
        _safetensors(f'{{"__metadata__":[1],"w":{W}}}'),
        _safetensors('{"w":[1]}'),
        _safetensors(W.replace("4", "Infinity").join(('{"w":', "}"))),
        # Arrays that lie over each other, with a gap, or in a part of the file.
        _safetensors(f'{{"v":{W},"w":{W}}}'),
        _safetensors('{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}'),
        _safetensors('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'),
    ],
    ids=["metadata", "entry", "infinity", "overlap", "gap", "rest"],
)
def test_headers_that_the_library_does_not_take_are_refused(content: bytes, tmp_path: Path):
    path = tmp_path / "p.safetensors"
    path.write_bytes(content)
    with pytest.raises(DiagnosticError, match="R2R0302"):
        read_params(path)
    library = pytest.importorskip("safetensors")
    with pytest.raises(library.SafetensorError):
        library.deserialize(content)


def test_the_library_reads_and_writes_the_same_safetensors(tmp_path: Path):
    library = pytest.importorskip("safetensors")
    known = {name: np.ascontiguousarray(array) for name, array in ARRAYS.items() if name != "int4"}
    theirs = {
        name: bytes(entry["data"]) for name, entry in library.deserialize(written(tmp_path / "p.safetensors", known))
    }
    assert theirs == {name: array.tobytes() for name, array in known.items()}
    numpy_door = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "q.safetensors"
    numpy_door.save_file({name: array for name, array in known.items() if array.dtype.isbuiltin == 1}, path)
    for name, array in read_params(path).items():
        assert array.dtype == known[name].dtype
        assert bits(array) == bits(known[name]), name


@pytest.mark.parametrize("names", [("half", "bool"), tuple(ARRAYS)], ids=["of numpy", "all"])
@pytest.mark.parametrize("ending", [".npz", ".safetensors"])
def test_the_lines_that_load_arrays_do(ending: str, names: tuple[str, ...], tmp_path: Path):
    if ending == ".safetensors":
        pytest.importorskip("safetensors")
    path = tmp_path / f"p{ending}"
    arrays = {name: ARRAYS[name] for name in names}
    written(path, arrays)
    script = tmp_path / "load.py"
    script.write_text("\n".join(how_to_load(str(path), arrays, {})))
    found = runpy.run_path(str(script))["arrays"]
    assert {name: (array.dtype, bits(array)) for name, array in found.items()} == {
        name: (array.dtype, bits(array)) for name, array in arrays.items()
    }


@pytest.mark.parametrize("ending", [".npz", ".safetensors", ".params"])
def test_a_file_that_is_not_there(ending: str, tmp_path: Path):
    with pytest.raises(DiagnosticError, match="R2R0701"):
        read_params(tmp_path / f"p{ending}")


def test_words_are_no_arrays_of_a_program(tmp_path: Path):
    np.savez(tmp_path / "p.npz", w=np.array(["a"]))
    with pytest.raises(DiagnosticError, match=r"R2R0302.*'w' holds <U1"):
        read_params(tmp_path / "p.npz")


def test_damaged_npz_are_refused_wherever_the_damage_is(tmp_path: Path):
    path = tmp_path / "p.npz"
    np.savez_compressed(path, w=np.arange(64, dtype="float32"))
    whole = path.read_bytes()
    codes = Counter[str]()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        codes[_refusal(path)] += 1
    assert set(codes) == {"", "R2R0302"}
    assert codes["R2R0302"] > len(whole) // 2


def _refusal(path: Path) -> str:
    try:
        read_params(path)
    except DiagnosticError as error:
        return error.diagnostics[0].code.id
    return ""
