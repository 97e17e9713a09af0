"""Questions about reported speech: what a named person or body said about a matter."""

from collections.abc import Iterator

from evals.harness.drafting.article_names import ArticleNames, bare_name
from evals.harness.drafting.clauses import SUBJECTS, phrase
from evals.harness.drafting.question_templates import Draft
from evals.harness.drafting.read_article import ReadArticle
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from index.words import content_words, stems
from service.language.parsing import Parsed, entities, parse
from service.language.pronouns import DEMONSTRATIVES
from service.language.reported_speech import ReportedSpan, reported_spans

SPEAKER_LABELS = frozenset({"PERSON", "ORG", "GPE"})
MATTER_RELATIONS = (*SUBJECTS, "dobj")
MAX_MATTER_WORDS = 5
STATEMENT_WORDS = range(6, 40)


def from_report(source: ScoredSentence, read: ReadArticle) -> Iterator[Draft]:
    """Yield the question about the widest report of a sentence whose speaker has a name."""
    sentence = parse(source.quote)
    for report in reported_spans(sentence):
        speaker, said = _speaker(sentence, report, read.names), _span(sentence, report)
        is_long_enough = len(said.of(source.quote).split()) in STATEMENT_WORDS
        if not speaker or not is_long_enough or not _is_verb(sentence, report.verb):
            continue
        matter = _matter(sentence, report, read, speaker)
        if matter:
            yield Draft(
                kind="what_said",
                question=f"What did {speaker} say about {matter}?",
                answers=(said.of(source.quote).strip(" ,.“”\"'‘’"),),
                source=source,
            )
            return


def speakers(source: ScoredSentence, names: ArticleNames) -> Iterator[str]:
    """Yield the names of those who say something in a sentence."""
    sentence = parse(source.quote)
    for report in reported_spans(sentence):
        if _is_verb(sentence, report.verb) and (name := _speaker(sentence, report, names)):
            yield bare_name(name)


def _is_verb(sentence: Parsed, index: int | None) -> bool:
    """Whether the reporting word is a verb: "according to" only names a source."""
    return index is not None and sentence.words[index].pos == "VERB" and sentence.words[index].folded != "according"


def _speaker(sentence: Parsed, report: ReportedSpan, names: ArticleNames) -> str:
    """Return the name of the speaker; empty when none is named."""
    for entity in entities(sentence.text):
        inside = [w.index for w in sentence.words if entity.start <= w.start and w.end <= entity.end]
        heads = [i for i in inside if sentence.words[i].head not in inside]
        is_speaker = bool(heads) and heads[0] in report.speaker and sentence.words[heads[0]].head not in report.speaker
        if is_speaker and entity.label in SPEAKER_LABELS:
            name = bare_name(sentence.text[entity.start : entity.end])
            articles = [w for w in sentence.words if w.head == heads[0] and w.folded == "the"]
            return f"the {name}" if articles else names.full(name)
    return ""


def _span(sentence: Parsed, report: ReportedSpan) -> Span:
    """Return the span of the reported words, without the conjunction that opens them."""
    words = [sentence.words[i] for i in sorted(report.content)]
    if words and words[0].dep == "mark":
        words = words[1:]
    return Span(start=words[0].start, end=words[-1].end) if words else Span(start=0, end=0)


def _matter(sentence: Parsed, report: ReportedSpan, read: ReadArticle, speaker: str) -> str:
    """Return the subject of the reported clause, or an object with a name; empty where neither names the matter."""
    root = next((i for i in sorted(report.content) if sentence.words[i].head not in report.content), None)
    if root is None or sentence.words[root].pos not in ("VERB", "AUX"):
        return ""
    for index in sorted(sentence.children[root], key=lambda i: sentence.words[i].dep not in SUBJECTS):
        word = sentence.words[index]
        if word.pos not in ("NOUN", "PROPN") or word.dep not in MATTER_RELATIONS or _points(sentence, index):
            continue
        text = phrase(sentence, index, MAX_MATTER_WORDS)
        own = [name for name in read.names.within(text) if name not in speaker]
        is_place = read.names.labels.get(bare_name(text)) == "GPE"
        is_general = len(content_words(text)) > 1 and not text.startswith("the ") and bool(stems(text) & read.repeated)
        if not is_place and (own or (is_general and word.dep in SUBJECTS)):
            return text
    return ""


def _points(sentence: Parsed, index: int) -> bool:
    """Whether a phrase is indefinite or an amount, or has a pronoun or demonstrative in it."""
    inside = [sentence.words[i] for i in sorted(sentence.subtree(index))]
    is_open = inside[0].folded in ("a", "an", "some", "any", "no") or any(word.pos == "NUM" for word in inside)
    return is_open or any(word.pos == "PRON" or word.folded in DEMONSTRATIVES for word in inside)
