"""The hub tier: open models with weights of the Hugging Face hub, run on this machine by open_clip and transformers."""
