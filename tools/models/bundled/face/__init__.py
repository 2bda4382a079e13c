"""Holds the face expert and what it stands on: the detector, the mesh, the head crop, and what is read off them."""
