"""Entry point of the group `footnote.verbs`: add the evaluation verbs to `footnote` without importing them."""

from service.cli import footnote
from service.cli.root import VerbGroup


def register(command: VerbGroup) -> None:
    """Add the lazy verbs `eval`, `bench` and `study`; each module is imported when its verb is called."""
    command.add_lazy(
        "evals.verbs",
        eval="Measure answers on a fixed question set, and compare them with the baseline.",
        bench="Time every part in one run, beside its anchor: a bare engine, exact search, one caller.",
    )
    command.add_lazy(
        "evals.studies.study_verb", study="Measure speed, durability and the gate beyond the suites of `footnote eval`."
    )


def main() -> None:
    """Run `footnote` with these verbs, even where no entry point is installed."""
    register(footnote)
    footnote(prog_name="footnote")
