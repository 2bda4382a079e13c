"""Tunes features to a criterion, by low-rank adapters on cached views or on a model."""
