"""The whole command: it is put together here because only evals may import evals."""

from service.cli import footnote

footnote.come_later(
    "evals.verbs",
    eval="Measure answers on a fixed question set, and hold them against the baseline.",
    bench="Time every part in one run, beside what it is held against: a bare engine, exact search, one caller.",
)


def main() -> None:
    """The console command."""
    footnote(prog_name="footnote")
