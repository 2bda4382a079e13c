"""Holds the hosted tier: chat models with image input, at a provider or on any server that speaks a provider's
protocol."""
