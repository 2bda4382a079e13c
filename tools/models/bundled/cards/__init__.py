"""Holds the cards expert with its network. `training` draws cards and trains the network; no picture is
read with it."""
