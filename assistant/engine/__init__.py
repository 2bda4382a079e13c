"""Looks at a large folder in parts, on several processes or machines, and brings together what they found."""
