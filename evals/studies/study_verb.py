"""The verb `footnote study`: measurements beyond the evaluation suites, each imported when it is called."""

import click

from service.cli import footnote
from service.cli.root import VerbGroup

STUDIES = {
    "mutations": ("mutations", "Print every sentence changed by rule that the gate accepts."),
    "proofreading": ("proofreading", "Sample composed sentences, and count what a person found in them."),
    "reproducibility": ("reproducibility", "Run each suite three times and name what differs."),
    "contention": ("durability.contention", "Ingest twice at once into one home folder, again and again."),
    "crashes": ("durability.crashes", "Kill an ingest at random moments, and count what was lost."),
    "equal-processes": (
        "scaling.equal_processes",
        "Compare two processes over PostgreSQL and Chroma with one, then kill the parts under load.",
    ),
    "fuzzing": ("durability.fuzzing", "Send made-up requests to every route."),
    "ingest-speed": ("durability.ingest_speed", "Time an ingest beside the bare embedder on the same texts."),
    "faults": ("faults.fault_study", "Plant each known fault, and say whether the gate of a merge notices it."),
    "fit": ("fitting.fit_verb", "Fit the few numbers that the service carries, on public training questions."),
    "composing": ("composing.composing_study", "Measure composing on a capable model's replies, without such a model."),
    "methods": (
        "citation_methods.citation_comparison",
        "Answer the same questions the way others do, and print a table of scores.",
    ),
    "copies": ("newsroom.copies", "Print precision, recall and F1 of near-duplicates, by kind of edit."),
    "metadata": ("newsroom.metadata", "Print how much title, outlet, author and date are read right."),
    "dates": (
        "newsroom.resolved_dates",
        "Print precision and recall of the dates that are resolved in the sentences of FILE.",
    ),
    "extraction": ("newsroom.extraction", "Print how much of the text of pages and PDFs is read right."),
    "stories": (
        "newsroom.story_briefs",
        "Brief every story of FILE, and count what is found.",
    ),
    "brief-latency": ("speed.brief_latency", "Time briefs, first part and whole, over the articles of a file."),
    "load-test": ("speed.load_test", "Let many callers ask a server of its own over the seeds."),
    "page-latency": ("speed.page_latency", "Time the page from Enter to evidence and sentence on the screen."),
}
"""Each study's module, which adds it to the group, and the first sentence of its help."""


@click.group("study", cls=VerbGroup, entry_points=tuple)
def study() -> None:
    """Measure speed, durability and the gate beyond the suites of `footnote eval`."""


for name, (module, said) in STUDIES.items():
    study.add_lazy(f"evals.studies.{module}", **{name: said})
footnote.add_command(study)
