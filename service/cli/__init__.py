"""The command `footnote`: text to stdout, progress to stderr, 1 and one line for an error a person can mend."""

from service.cli import asking, collecting, operating
from service.cli.options import own_or_served
from service.cli.root import footnote

__all__ = ["asking", "collecting", "footnote", "operating", "own_or_served"]
