"""From Relax to the executable form, in parts."""
