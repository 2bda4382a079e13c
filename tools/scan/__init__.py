"""Scans a folder into a collection: which files are pictures, which belong together, and whose they are."""
