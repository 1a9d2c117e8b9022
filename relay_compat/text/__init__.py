"""The text format 0.0.5: reader and printer."""
