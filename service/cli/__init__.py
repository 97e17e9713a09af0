"""Command line `footnote`: results on stdout, progress on stderr; an expected error gives one line and exit code 1."""

from service.cli.root import footnote

__all__ = ["footnote", "main"]

footnote.add_lazy(
    "service.cli.query_verbs",
    ask="Answer a question with the exact words behind every sentence.",
    brief="Write a page on a TOPIC: what is known, since when, from whom, where sources differ, what is not known.",
    replay="Answer the question of a RECEIPT again, or write its brief again, and say what differs and why.",
    check="Check a draft (FILE, or - for standard input) against the collection, sentence by sentence.",
    export="Write a kept conversation, answer or brief as a document.",
    search="Show the passages nearest to a query, without writing an answer.",
)
footnote.add_lazy("service.cli.brief_verbs", briefs="List, show, rename, delete or compare kept briefs.")
footnote.add_lazy(
    "service.cli.article_verbs",
    ingest="Add articles: files, folders of them, web pages and feeds.",
    articles="List, show, correct or remove articles.",
)
footnote.add_lazy(
    "service.cli.service_verbs",
    serve="Serve the API until interrupted.",
    doctor="Check every part, rebuild the dense index, and reindex a ledger of another embedder or an older Footnote.",
)
footnote.add_lazy("service.cli.collection_verbs", collections="List, add or remove named collections.")
footnote.add_lazy("service.cli.model_verbs", models="List, download, prove or choose models.")
footnote.add_lazy(
    "service.cli.mcp_verb",
    mcp="Offer ask, search, brief and check to assistants, over standard input and output (Model Context Protocol).",
)


def main() -> None:
    """Run the console command."""
    footnote(prog_name="footnote")
