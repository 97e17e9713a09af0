"""Ingestion: read articles from files, watched folders, web pages and feeds into the collection."""
