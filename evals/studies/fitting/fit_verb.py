"""Command group `footnote study fit`: model fitting on public and written data, each imported when it is called."""

from pathlib import Path

import click

from evals.studies.study_verb import study
from service.cli.root import VerbGroup

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FITS = {
    "signal-weights": ("signal_weights", "Fit the weights of reranking and of composite questions."),
    "answerability": ("answerability_fit", "Fit when to abstain from simple and from broad questions."),
    "short-answers": ("short_answer_fit", "Fit which short answers are shown."),
    "salience": ("salience_fit", "Fit which sentences are quoted."),
    "story-articles": ("story_articles_fit", "Fit which articles are about the topic of a brief."),
    "brief-salience": ("brief_salience_fit", "Fit which sentences a brief takes."),
    "boilerplate": ("boilerplate_fit", "Fit which sentences belong to the page and not to the article."),
    "question-kinds": ("question_kinds", "Fit the classifier of the kind of answer that a question asks for."),
    "fusion-weight": ("fusion_weight", "Print the retrieval quality of each weight of lexical against dense search."),
    "reader": ("fit_judge", "Train the reader in the --python of an environment that has PyTorch."),
    "entailment": ("fit_judge", "Train the entailment model in the --python of an environment that has PyTorch."),
    "found-premises": ("found_premises", "Pack claims with the premises that `footnote check` finds, to train on."),
    "claim-decision": ("claim_decision", "Fit when `footnote check` calls a claim supported, and likely supported."),
    "evaluate": (
        "evaluate_judges",
        "Print the scores of the judges on held-out rows, each with its 95 % interval.",
    ),
}


@click.group("fit", cls=VerbGroup, entry_points=tuple)
def fit() -> None:
    """Fit the few numbers that the service carries, on public training questions."""


for name, (module, said) in FITS.items():
    fit.add_lazy(f"evals.studies.fitting.{module}", **{name: said})
study.add_command(fit)
