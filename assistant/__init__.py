"""Holds the conversation, which is what the user talks to. It knows the tools and the prompts; nothing
below knows it."""
