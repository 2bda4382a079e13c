"""Does everything that can be done with a collection of images, free of LangGraph, Textual and global state."""
