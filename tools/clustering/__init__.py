"""Defines clusterings and constraints, and what is done with them: edits, crossings and scores."""
