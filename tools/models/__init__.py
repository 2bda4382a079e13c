"""The models behind the ports, in three tiers (bundled, hub, hosted), and where the bundled weights come from."""
