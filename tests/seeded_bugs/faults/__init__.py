"""Faults planted in passes, converters, printers and codemods, most of them bugs that TVM had."""
