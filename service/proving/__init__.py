"""Proving: puts a model through a fixed set on this machine, and decides whether it may write or judge."""
