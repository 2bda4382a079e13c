"""Reproduces the papers: their sets from a folder that the user has, their printed figures, and ours beside them."""
