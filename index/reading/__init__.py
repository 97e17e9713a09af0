"""Readers: turn files, folders and downloads into articles; an unreadable file yields an error, the rest is read."""

from index.errors import first_problem
from index.reading.article_ids import address_id
from index.reading.feeds import FeedEntry, feed_entries
from index.reading.file_kinds import SUFFIXES, is_feed, located, read_raw
from index.reading.files import find_files, read_file, read_paths
from index.reading.plain_text import read_text
from index.reading.raw_file import RawFile
from index.reading.records import ArticleRecord, to_article

__all__ = [
    "SUFFIXES",
    "ArticleRecord",
    "FeedEntry",
    "RawFile",
    "address_id",
    "feed_entries",
    "find_files",
    "first_problem",
    "is_feed",
    "located",
    "read_file",
    "read_paths",
    "read_raw",
    "read_text",
    "to_article",
]
