"""Citations: build them from evidence sentences, and render quotations and source lines."""

import re
from collections.abc import Sequence

from index.reading.corrections import find_corrections
from index.search.scored_sentence import ScoredSentence
from index.types import SentenceLocation, Source, Span
from service.answering.types import Antecedent, Citation, Duplicate
from service.language.article_dates import dated
from service.language.dates import spell_date

CITATION_MARK = re.compile(r"[\[［【](\s*\d+[^\]］】]{0,12})[\]］】]")
"""Text in an article that looks like a citation mark."""


def cite(sentences: Sequence[ScoredSentence]) -> tuple[Citation, ...]:
    """Return citations of these sentences, numbered from 1; each quote is copied from its article."""
    texts = {(each.article_id, each.version): each.article.text for each in sentences}
    notices = {version: correction(text) for version, text in texts.items()}
    return tuple(
        _citation(number, each, notices[each.article_id, each.version])
        for number, each in enumerate(sentences, start=1)
    )


def _citation(number: int, evidence: ScoredSentence, notice: str | None) -> Citation:
    source, text = evidence.source, evidence.article.text
    return Citation(
        number=number,
        article_id=evidence.article_id,
        version=evidence.version,
        title=source.title.value,
        outlet=source.outlet.value,
        published=source.published.value,
        url=source.url,
        author=source.author.value,
        start=evidence.start,
        end=evidence.end,
        quote=evidence.quote,
        attribution=evidence.attribution.of(text) if evidence.attribution else None,
        basis=basis(source),
        dates=dated(text, evidence.span, source.published),
        also=tuple(map(_duplicate, evidence.duplicates)),
        correction=notice,
    )


def _duplicate(place: SentenceLocation) -> Duplicate:
    return Duplicate(
        article_id=place.article_id,
        version=place.version,
        outlet=place.source.outlet.value,
        published=place.source.published.value,
        start=place.start,
        end=place.end,
    )


def correction(text: str) -> str | None:
    """Return the correction notices of an article on one line; None if it has none."""
    notices = [" ".join(span.of(text).split()) for span in find_corrections(text)]
    return " ".join(notices) or None


def basis(source: Source) -> dict[str, str]:
    """Describe how each metadata field of an article is known, such as stated or inferred."""
    facts = {name: getattr(source, name) for name in ("title", "outlet", "author", "place", "published")}
    return {name: f"{fact.basis}: {fact.source}" if fact.source else fact.basis for name, fact in facts.items()}


def basis_mark(basis: str) -> str:
    """Return the mark after a value that the article does not state itself, such as ` (inferred)`; else nothing."""
    kind = basis.partition(":")[0]
    return f" ({kind})" if kind in ("inferred", "given", "corrected") else ""


def source_line(citation: Citation) -> str:
    """Return outlet, title and date on one line; unknown and inferred values are marked."""
    title = f"“{citation.title}”" if citation.title else f"{citation.article_id} (no headline)"
    outlet = _marked(citation, "outlet", citation.outlet) or "outlet unknown"
    return f"{outlet}, {title}, {_marked(citation, 'published', _day(citation)) or 'date unknown'}"


def _marked(citation: Citation, name: str, value: str | None) -> str | None:
    return f"{value}{basis_mark(citation.basis.get(name, ''))}" if value else value


def attributed(citation: Citation) -> str:
    """Return the source (outlet or title, and date) as the opening words of a sentence."""
    day = _day(citation)
    if citation.outlet:
        return f"{unmarked(citation.outlet)}, {day}" if day else unmarked(citation.outlet)
    if citation.title:
        return f"“{unmarked(citation.title)}”, {day}" if day else f"“{unmarked(citation.title)}”"
    return f"An article of {day} (outlet not stated)" if day else "An article without outlet or date"


def unmarked(words: str) -> str:
    """Replace text of an article that looks like a citation mark: `[2]` becomes `⟦2⟧`."""
    return CITATION_MARK.sub(r"⟦\1⟧", words)


def render_quotation(citation: Citation, kept: Span | None = None, antecedent: Antecedent | None = None) -> str:
    """Render a quotation, or its `kept` part, as an answer sentence: source, words, speaker, antecedent.

    Ellipses outside the quotation marks stand for clipped text.
    """
    speaker = f" (“{' '.join(citation.attribution.split())}”)" if citation.attribution else ""
    words = in_marks(" ".join((kept.of(citation.quote) if kept else citation.quote).split()))
    before = "… " if kept and kept.start else ""
    after = " …" if kept and kept.end < len(citation.quote) else ""
    context = f" (shortly before: {in_marks(' '.join(antecedent.quote.split()))})" if antecedent else ""
    return f"{attributed(citation)}: {before}{words}{after}{speaker}{context}"


def in_marks(words: str) -> str:
    """Put words in quotation marks; add the partner of a mark whose partner is in another sentence."""
    marks = [character for character in words if character in "“”"]
    if marks[:1] == ["”"]:
        return in_marks(f"“{words}")
    if marks[-1:] == ["“"]:
        return f"{words}”"
    if words.startswith("“") or (words.startswith('"') and words.count('"') > 1):
        return words
    return f"“{words}”"


def _day(citation: Citation) -> str | None:
    return spell_date(citation.published) if citation.published else None
