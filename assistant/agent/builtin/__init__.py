"""Thinks without weights: sentences are data, read by templates."""
