"""Recorded cases: what a real TVM printed, inferred and computed, kept as data and replayed here.

A corpus is a folder of collections, ``evaluated.zip``, ``passes.zip`` and ``models.zip``; each holds an ``index.json``,
a list of rows, and one folder of files for each row's ``name``.
"""
