"""Report formats: text for a terminal, Markdown for a pull request, JUnit XML for CI, and an HTML page."""

from evals.harness.reporting.junit import as_junit
from evals.harness.reporting.report_markdown import as_markdown
from evals.harness.reporting.report_page import as_page
from evals.harness.reporting.report_text import as_text, comparison_text

__all__ = ["as_junit", "as_markdown", "as_page", "as_text", "comparison_text"]
