"""Decodes image files to upright pixels, in worker processes with limits, and says why a file cannot be decoded."""
