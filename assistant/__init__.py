"""Holds the conversation, which is what the user talks to. It knows the tools and the prompts; nothing
below knows it."""

PART_OF = "regroup"
"""The distribution that this package belongs to; `regroup.foreign_packages` looks for this line."""
