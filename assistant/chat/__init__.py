"""Holds the conversation: its session, the list of conversations, replies to slash commands, and long work."""
