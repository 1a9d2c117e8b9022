"""Loaded by every Python of a command that ``relay2relax as-tvm`` starts: makes ``import tvm`` mean the alias."""

import sys

from migrate.alias.current import current
from migrate.alias.finder import install

install(current())
# TVM raises Python's limit when it is imported; programs that recurse over expressions count on it.
sys.setrecursionlimit(10_000)
