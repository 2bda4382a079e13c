"""The models behind the ports: bundled experts, and where weights come from."""
