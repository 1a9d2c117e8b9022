"""Rules for what no rule can rewrite: they say why and where to read on."""
