"""Names the colours for which people have a word of their own, whatever their language is."""

NAMES = ("black", "grey", "white", "red", "orange", "brown", "yellow", "green", "blue", "purple", "pink")
"""The eleven basic colour terms of Berlin and Kay (1969)."""
