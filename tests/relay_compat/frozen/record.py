"""Writes names.txt: the public names of Relay with their signatures, which later versions keep.

python tests/relay_compat/frozen/record.py
"""

from pathlib import Path

from migrate.alias.coverage import signatures

NAMES = Path(__file__).with_name("names.txt")
PREFIX = "tvm.relay"


def names() -> str:
    """One line per name of tvm.relay that is covered."""
    return "".join(f"{line}\n" for line in signatures("0.19") if line.startswith(PREFIX))


if __name__ == "__main__":
    NAMES.write_text(names())
