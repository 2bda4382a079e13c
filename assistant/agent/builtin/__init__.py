"""The brain that needs no weights: sentences as data, read by templates."""
