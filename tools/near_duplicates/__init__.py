"""Finds pictures that are nearly the same: copies in another size or format, edited ones, and bursts."""
