"""Loaded by every Python of a command that ``relay2relax as-tvm`` starts: makes ``import tvm`` mean the alias."""

import os
import sys

from migrate.alias.finder import install

install(os.environ["RELAY2RELAX_ALIAS_RELEASE"])
# TVM raises Python's limit when it is imported; programs that recurse over expressions count on it.
sys.setrecursionlimit(10_000)
