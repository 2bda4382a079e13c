"""Settles a soft assignment into a clustering: merged groups, names, the unsorted pile and confidences."""
