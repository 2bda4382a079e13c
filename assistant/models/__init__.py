"""Finds, lists and fetches the models beyond the bundled experts, and keeps the consent to send pictures."""
