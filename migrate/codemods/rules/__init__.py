"""The rules, one per file: each module holds one ``RULE``. A new file is found by itself."""
