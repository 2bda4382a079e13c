"""Teaching: which question to ask next, and where to look closer when the answers cannot be told apart."""
