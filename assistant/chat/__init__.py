"""The conversation: its session, the list of conversations, what slash commands answer, and long work."""
