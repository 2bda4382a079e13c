"""Teaching: which question to ask next, and what the answers so far say about all the other images."""
