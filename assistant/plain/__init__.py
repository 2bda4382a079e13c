"""Holds the conversation and the lesson in plain lines, for pipes, screen readers and bare terminals."""
