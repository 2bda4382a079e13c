"""Holds the models behind the ports, in three tiers (bundled, hub, hosted), and knows where bundled weights
come from."""
