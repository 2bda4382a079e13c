"""From a soft assignment to a clustering: how many groups, which piles, names, confidence."""
