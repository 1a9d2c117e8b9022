"""How Relay becomes the executable form (:mod:`relay_compat.lower`)."""
