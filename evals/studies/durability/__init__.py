"""Durability: is anything lost in a crash or under contention, and how fast are articles ingested?"""
