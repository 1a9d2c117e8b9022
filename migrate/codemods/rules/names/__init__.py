"""Names that are called otherwise in the target, and nothing else about them changes."""
