"""The migration report: collected as data, shown on a terminal or as JSON."""
