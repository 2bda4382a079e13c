"""Labelled folders on disk: planned, approved elsewhere, carried out, and undone whenever the user wants.

Nothing is ever overwritten, and no original is removed before its verified copy is on the disk. The manifest is written
before the first file is touched and lists everything that will be done. What was done then shows in the files
themselves, so an export is undone in the same way after a crash, a failure or a success.
"""
