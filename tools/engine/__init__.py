"""Where work on single images runs."""
