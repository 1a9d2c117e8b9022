"""``python -m migrate.cli``: the command without its script."""

from migrate.cli.main import main

main()
