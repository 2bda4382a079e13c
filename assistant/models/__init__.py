"""The models that look and describe, tier by tier: finding, listing and fetching them, and the consent to send."""
