"""The conversation line by line, and the lesson a line each."""
