"""Newsroom pages and articles: are near-duplicates detected, and is the metadata of a page read right?"""
