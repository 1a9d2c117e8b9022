"""Detection of objects: regions of interest, anchor boxes, suppression of overlapping boxes."""
