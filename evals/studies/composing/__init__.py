"""Composing study: a capable model's replies, written by hand, through the real composer and gate."""
