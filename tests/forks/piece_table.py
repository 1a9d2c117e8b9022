"""Which pieces of which public files are ported and proven, and what is mended by hand after the tool."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """``definitions`` of a file at ``path``, in the folder ``ref`` of its repository. ``expression`` is what is tried."""

    name: str
    kind: str
    repo: str
    ref: str
    path: str
    definitions: tuple[str, ...]
    expression: str
    ported_expression: str = ""
    examples: tuple[str, ...] = ()


def _of(kind, repo, ref, path):
    def made(name, *definitions, expression="", **options):
        return Piece(name, kind, repo, ref, path, definitions, expression or definitions[0], **options)

    return made


_FORGE = _of("callback", "tenstorrent/tt-forge-onnx", "HEAD", "forge/forge/tvm_calls/relay/op/forge_passes.py")

PIECES = (
    _FORGE("forge RemoveCast", "RemoveCast"),
)
EDITS: dict[str, tuple[tuple[str, str], ...]] = {}
"""By piece: texts that occur once in what the tool gives, and what stands there afterwards."""
