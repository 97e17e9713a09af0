""""""

from index.types import Evidence
from service.grounding import Support
from service.language.article_names import known_names


def support_of(evidence: Evidence, text: str) -> Support:
    """What the gate needs of an evidence sentence; `text` is its article's."""
    source = evidence.source
    return Support(
        quote=" ".join(evidence.quote.split()),
        attribution=" ".join(evidence.attribution.of(text).split()) if evidence.attribution else "",
        context=" ".join(evidence.context.split()),
        sources=tuple(fact.value for fact in (source.outlet, source.author, source.title) if fact.value),
        published=source.published.value or "",
        known=known_names(text),
    )
