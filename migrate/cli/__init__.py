"""The command line: one file per command, all of one style."""
