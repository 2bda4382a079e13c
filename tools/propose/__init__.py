"""Proposes criteria for a collection, from its descriptions and from the words of a model."""
