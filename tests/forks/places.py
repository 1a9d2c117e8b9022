"""Where the files of a folder that `collect.py` made stand in their forks."""

import json
from collections import defaultdict

from migrate.codemods.tree import survey


def places_of(folder):
    """Where each file of the folder stands in what was collected of its fork."""
    trees = defaultdict(list)
    for row in json.loads((folder / "index.json").read_text()):
        trees["/".join(row["file"].split("/")[:2])].append(row["file"])
    found = {}
    for tree, files in trees.items():
        there = survey(folder / tree, [folder / file for file in files])
        found |= {str(path.relative_to(folder)): place for path, place in there.items()}
    return found
