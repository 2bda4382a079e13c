"""Gives the agent's tools to other programs by the Model Context Protocol."""
