"""From a soft assignment to a clustering: merged groups, names, the unsorted pile and confidences."""
