"""What a run came to, for every reader: a terminal, a pull request, a test report, a page."""

from evals.reporting.junit import as_junit
from evals.reporting.markdown import as_markdown
from evals.reporting.page import as_page
from evals.reporting.terminal import as_text, comparison_text

__all__ = ["as_junit", "as_markdown", "as_page", "as_text", "comparison_text"]
