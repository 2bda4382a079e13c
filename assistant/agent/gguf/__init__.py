"""The brain that thinks on this machine: a small language model in a GGUF file."""
