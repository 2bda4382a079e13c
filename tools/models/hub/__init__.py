"""Runs open models with weights of the Hugging Face hub on this machine, by open_clip and transformers: the
hub tier."""
