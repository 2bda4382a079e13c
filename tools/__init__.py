"""What can be done with a collection of images. Pure: no LangGraph, no Textual, no global state."""
