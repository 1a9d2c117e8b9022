"""A failure as files that show it anywhere: a test for pytest with the module, the arguments and the property."""

from migrate.verify.witnesses.replay import replay
from migrate.verify.witnesses.write import Case, witness_files

__all__ = ["Case", "replay", "witness_files"]
