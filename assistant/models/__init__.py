"""The models beyond the bundled experts: finding, listing and fetching them, and the consent to send pictures."""
