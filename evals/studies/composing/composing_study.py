"""Composing study (`footnote study composing`): faithful sentences shown, inventions let through, nuggets kept.

The replies were written by hand as a capable model would write them; a scripted server sends them, so that the
generator, the composer, the gate and the rewriting are those of the service. The replies were written before they were
first run; the second wordings after the gate's reasons had been seen, as were two rules of the gate (a name for a
leading pronoun, "the article says that"). `--first-only` leaves the second wordings out.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing

import click

from evals.studies.composing.scripted_replies import ScriptedReply, scripted_replies
from evals.studies.composing.scripted_server import scripted_server
from evals.studies.study_verb import study
from index.types import Record
from service.answering.pipeline import capable_composer
from service.answering.written_sentences import written_sentences
from service.engines import load_engines
from service.generation.openai_generator import OpenAIGenerator
from service.generation.request_queue import RequestQueue
from service.grounding import EntailmentModel
from service.language.quotations import plain
from service.proving.evidence_sets import EvidenceSet, evidence_sets
from service.proving.writing_proof import SetResult, written_results
from service.runtime.settings import Settings

CONTEXT_TOKENS = 8192


class ComposingReport(Record):
    """Composing report: counts over evidence sets."""

    sets: int
    faithful: int
    faithful_shown: int
    """Shown as written, or as the model wrote them again."""
    invented: int
    """Also those in what the model writes again."""
    invented_shown: int
    nuggets_written: int
    """Nuggets in the raw replies, faithful sentences only."""
    nuggets_shown: int
    """Those of them in the whole answers, quotations included."""

    def lines(self) -> list[str]:
        """Return the report as lines of text."""
        return [
            f"{self.sets} evidence sets",
            f"faithful sentences shown   {_share(self.faithful_shown, self.faithful)}",
            f"inventions let through     {_share(self.invented_shown, self.invented)}",
            f"nuggets of the raw replies {_share(self.nuggets_shown, self.nuggets_written)}",
        ]


def measure(
    sets: Sequence[EvidenceSet], entailment: EntailmentModel | None, *, again: bool = True
) -> tuple[ComposingReport, list[SetResult]]:
    """Write every set with the scripted server and count; `again`: whether it writes rejected sentences again."""
    settings = Settings(context_tokens=CONTEXT_TOKENS)
    with (
        scripted_server(again=again) as address,
        closing(OpenAIGenerator(address, context_tokens=CONTEXT_TOKENS)) as generator,
    ):
        composer = capable_composer(generator, RequestQueue(), settings, entailment)
        results = list(written_results(composer, sets))
    return count(sets, results), results


def count(sets: Iterable[EvidenceSet], results: Iterable[SetResult]) -> ComposingReport:
    """Count what was shown against the labels of the scripted replies."""
    reports = [_of_set(each, scripted_replies()[each.id], result) for each, result in zip(sets, results, strict=True)]
    return ComposingReport(**{name: sum(getattr(r, name) for r in reports) for name in ComposingReport.model_fields})


def _of_set(evidence: EvidenceSet, reply: ScriptedReply, result: SetResult) -> ComposingReport:
    shown = {plain(text) for text in result.shown}
    quoted = " ".join(result.shown)
    written = [each for each in reply.sentences if each.text != "NONE"]
    first = [_is_shown(each.text, shown, quoted) for each in written]
    again = [not seen and _is_shown(each.again, shown, quoted) for each, seen in zip(written, first, strict=True)]
    faithful_text = " ".join(each.text for each in written if each.faithful)
    return ComposingReport(
        sets=1,
        faithful=sum(each.faithful for each in written),
        faithful_shown=sum(
            each.faithful and (a or (b and each.again_faithful))
            for each, a, b in zip(written, first, again, strict=True)
        ),
        invented=sum((not each.faithful) + (not each.again_faithful) for each in written),
        invented_shown=sum(
            (not each.faithful and a) or (not each.again_faithful and b)
            for each, a, b in zip(written, first, again, strict=True)
        ),
        nuggets_written=evidence.nuggets_in(faithful_text),
        nuggets_shown=sum(
            evidence.model_copy(update={"nuggets": (nugget,)}).nuggets_in(quoted)
            for nugget in evidence.nuggets
            if evidence.model_copy(update={"nuggets": (nugget,)}).nuggets_in(faithful_text)
        ),
    )


def _is_shown(text: str, shown: set[str], quoted: str) -> bool:
    """Whether a sentence was shown: as written, as a quotation, or with a name in place of its first word."""
    sentence = written_sentences(text)
    if not sentence:
        return False
    words, rest = plain(sentence[0].text), plain(sentence[0].text.partition(" ")[2])
    return words in shown or sentence[0].text in quoted or (bool(rest) and any(s.endswith(f" {rest}") for s in shown))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f} ({part} of {whole})" if whole else "-"


@study.command("composing")
@click.option("--all", "show_all", is_flag=True, help="Print every sentence that was withheld, with the reason.")
@click.option("--first-only", is_flag=True, help="The model writes nothing again.")
@click.option("--checks-only", is_flag=True, help="Without the entailment model.")
@click.pass_obj
def composing(settings: Settings, show_all: bool, first_only: bool, checks_only: bool) -> None:
    """Measure composing on a capable model's replies, without such a model."""
    sets = evidence_sets()
    with closing(load_engines(settings)) as engines:
        report, results = measure(sets, None if checks_only else engines.entailment, again=not first_only)
    for result in results if show_all else ():
        click.echo("\n".join([f"{result.set} {result.question}", *(f"  shown: {text}" for text in result.shown)]))
        for text, reason in zip(result.withheld, result.reasons, strict=True):
            click.echo(f"  withheld: {text} ({reason})")
    click.echo("\n".join(report.lines()))
