"""Thinks on this machine, with a small language model in a GGUF file."""
