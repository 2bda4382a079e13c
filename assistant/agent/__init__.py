"""Runs the agent of the conversation as a graph: think -> act -> (approve) -> think.

Import this package before anything of langchain: it turns off whatever could send a conversation anywhere but to
the chat model that the user chose, or run code from a stored conversation.
"""

import os

for _name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"):
    os.environ[_name] = "false"
os.environ["LANGSMITH_OTEL_ENABLED"] = "false"
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
