"""Does everything that can be done with a collection of images, free of LangGraph, Textual and global state."""

PART_OF = "regroup"
"""The distribution that this package belongs to; `regroup.foreign_packages` looks for this line."""
