"""The hub tier: models of the Hugging Face hub, or of a folder of this machine, behind the ports."""
