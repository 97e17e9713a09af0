"""Citation methods: those of other RAG projects, reimplemented, and ours.

All use the passages of our search (dense and lexical, fused, exact), which favours projects whose search is only dense,
and the configured model with greedy decoding and at most 128 tokens.
"""

import re
import time
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from evals.harness.cases import Case
from evals.studies.citation_methods.attempt import DECLINES, Attempt, CitingSentence, ShownSource
from index.sentences import split_sentences
from index.types import Filters, Passage, Span
from index.words import stems
from service.answering.citations import attributed
from service.answering.types import Answer, Question, Style
from service.engines import Engines
from service.generation.types import Limits, Message
from service.workspace import Workspace

LIMITS = Limits(max_tokens=128, deadline=120.0)
NUMBERED = re.compile(r"\[(\d+)\]")


class MethodSetup:
    """MethodSetup: the collection and model that all methods share, with a cache of plain answers."""

    def __init__(self, workspace: Workspace, engines: Engines, as_of: str | None) -> None:
        self.workspace = workspace
        self.embedder = engines.embedder
        self._generator = engines.generator
        self._as_of = as_of
        self._filters = Filters(as_of=as_of, undated=True)
        self._plain: dict[str, tuple[str, float]] = {}

    def set_case(self, case: Case) -> None:
        """Filter later searches by the case's as-of date and its allowed articles."""
        self._filters = Filters(as_of=case.as_of or self._as_of, article_ids=case.context_doc_ids, undated=True)

    def passages(self, question: str, limit: int) -> list[ShownSource]:
        """Return the first passages of our own search."""
        return [self._source(passage) for passage in self.workspace.retrieve(question, limit, self._filters)[1]]

    def _source(self, passage: Passage) -> ShownSource:
        text = self.workspace.article(passage.article_id, passage.version).text
        return ShownSource(article_id=passage.article_id, span=passage.span, text=passage.span.of(text))

    def write(self, system: str, user: str) -> str:
        """Return the model's reply to a prompt."""
        messages = [Message(role="system", content=system), Message(role="user", content=user)]
        return "".join(self._generator.stream(messages, LIMITS)).strip()

    def plain(self, question: str, sources: Sequence[ShownSource]) -> tuple[str, float]:
        """Return an answer from passages without citations, and its generation time in seconds; cached by question."""
        if question not in self._plain:
            started = time.perf_counter()
            context = "\n\n".join(source.text for source in sources)
            written = self.write(PLAIN, f"Context:\n{context}\n\nQuestion: {question}")
            self._plain[question] = (written, time.perf_counter() - started)
        return self._plain[question]

    def answer(self, question: str, style: Style) -> Answer:
        """Return Footnote's answer."""
        return self.workspace.ask(Question(text=question, style=style, filters=self._filters))


PLAIN = (
    "Answer the question from the context below and from nothing else. If the context does not hold the answer, say "
    "that you cannot find it."
)
NUMBERS = (
    "Answer only from the numbered sources you are given. Where you use a source, name it by its number in square "
    "brackets; an answer names at least one. If no source helps, say so.\n"
    "For example:\n[1] The mill was built in 1840.\n[2] The mill burned down in spring.\n"
    "Question: When was the mill built?\nAnswer: The mill was built in 1840 [1]."
)
EVERY_ANSWER = (
    "The documents below may disagree, mislead or have nothing to do with the question. Give every right answer that "
    "they support, and no wrong one. If they hold none, say that you cannot find it."
)
QUOTING = "List the exact phrases of the context that the answer rests on, one on each line, copied word for word."


def numbered_prompt(setup: MethodSetup, question: str) -> Attempt:
    """LlamaIndex's CitationQueryEngine: number the sources and ask the model to cite them as [n].

    Two passages, its default. Simplified: passages are not split again into 512 tokens (ours are shorter); no refine
    step, because two passages fit; a marker without a source is dropped.
    """
    sources = setup.passages(question, 2)
    listed = "\n\n".join(f"[{number}] {source.text}" for number, source in enumerate(sources, start=1))
    written = setup.write(NUMBERS, f"{listed}\n\nQuestion: {question}\nAnswer:")
    said = []
    for sentence in sentences(written):
        named = [int(number) - 1 for number in NUMBERED.findall(sentence)]
        sound = tuple(dict.fromkeys(n for n in named if 0 <= n < len(sources)))
        said.append(CitingSentence(text=NUMBERED.sub("", sentence), sources=sound))
    return attempt(NUMBERED.sub("", written), tuple(said), sources)


MAX_SOURCES_PER_SENTENCE = 4
START_THRESHOLD = 0.63
MIN_THRESHOLD = 0.3
THRESHOLD_DECAY = 0.8
WORDS_WEIGHT = 0.1


def similar_passages(setup: MethodSetup, question: str) -> Attempt:
    """RAGFlow's post-hoc citation: cite for each sentence of the answer the most similar passages.

    Similarity is 0.9 cosine plus 0.1 word overlap; the threshold starts at .63 and is lowered by a fifth until
    something is cited or it falls below .3; at most four sources per sentence. Six passages. Simplified: words are not
    weighted by RAGFlow's dictionary.
    """
    sources = setup.passages(question, 6)
    written, seconds = setup.plain(question, sources[:4])
    spoken = sentences(written)
    started = time.perf_counter()
    cited = _most_similar(setup, spoken, sources) if spoken else []
    said = tuple(CitingSentence(text=text, sources=tuple(found)) for text, found in zip(spoken, cited, strict=True))
    return attempt(written, said, sources, seconds + time.perf_counter() - started)


def _most_similar(setup: MethodSetup, spoken: Sequence[str], sources: Sequence[ShownSource]) -> list[list[int]]:
    cosines = setup.embedder.embed(spoken) @ setup.embedder.embed([source.text for source in sources]).T
    stemmed = [stems(source.text) for source in sources]
    likeness = [
        [
            (1 - WORDS_WEIGHT) * float(cosine) + WORDS_WEIGHT * _shared(sentence, words)
            for cosine, words in zip(row, stemmed, strict=True)
        ]
        for sentence, row in zip(spoken, cosines, strict=True)
    ]
    threshold = START_THRESHOLD
    while threshold > MIN_THRESHOLD and max(map(max, likeness)) < threshold:
        threshold *= THRESHOLD_DECAY
    ranked = [sorted(range(len(row)), key=lambda i: -row[i]) for row in likeness]
    return [
        [i for i in order[:MAX_SOURCES_PER_SENTENCE] if row[i] >= threshold]
        for order, row in zip(ranked, likeness, strict=True)
    ]


def _shared(sentence: str, words: frozenset[str]) -> float:
    own = stems(sentence)
    return len(own & words) / len(own) if own else 0.0


MIN_QUOTE_LIKENESS = 0.8
"""Similarity from which a generated quotation counts as found in the context."""
MIN_QUOTE_CHARACTERS = 8


def loose_quotes(setup: MethodSetup, question: str) -> Attempt:
    """kotaemon's highlights: ask for quotations in a second prompt, and match each approximately in the context.

    Simplified: quotations are requested as lines, because a small model cannot do function calling; each match counts
    for every sentence of the answer, because kotaemon shows it next to the whole answer.
    """
    sources = setup.passages(question, 4)
    written, seconds = setup.plain(question, sources)
    started = time.perf_counter()
    context = "\n\n".join(source.text for source in sources)
    asked = f"Context:\n{context}\n\nQuestion: {question}\nAnswer: {written}\nPhrases:"
    quotes = [line.strip(' -*•"“”') for line in setup.write(QUOTING, asked).splitlines()]
    found = [
        place
        for quote in quotes
        if len(quote) >= MIN_QUOTE_CHARACTERS
        for place in [_similar_span(quote, sources)]
        if place
    ]
    every = tuple(range(len(found)))
    said = tuple(CitingSentence(text=text, sources=every) for text in sentences(written))
    return attempt(written, said, found, seconds + time.perf_counter() - started, sources)


def _similar_span(quote: str, sources: Sequence[ShownSource]) -> ShownSource | None:
    """Return the source span most similar to the quotation, or None below MIN_QUOTE_LIKENESS."""
    best: tuple[float, ShownSource] | None = None
    for source in sources:
        blocks = SequenceMatcher(None, quote.lower(), source.text.lower(), autojunk=False).get_matching_blocks()
        longest = max(blocks, key=lambda block: block.size)
        start = max(0, longest.b - longest.a)
        end = min(len(source.text), start + len(quote))
        ratio = SequenceMatcher(None, quote.lower(), source.text[start:end].lower(), autojunk=False).ratio()
        if best is None or ratio > best[0]:
            at = source.span.start + start
            span = Span(start=at, end=at + end - start)
            best = ratio, ShownSource(article_id=source.article_id, span=span, text=source.text[start:end])
    return best[1] if best and best[0] >= MIN_QUOTE_LIKENESS else None


MIN_COSINE = 0.25
"""Minimum cosine of a passage that is shown as a source."""


def everything(setup: MethodSetup, question: str) -> Attempt:
    """AnythingLLM's sources: show all retrieved passages under the answer.

    Four passages with a cosine of at least .25; without any, its query mode refuses. Nothing is simplified.
    """
    found = setup.passages(question, 4)
    vector = setup.embedder.embed_query(question)
    cosines = setup.embedder.embed([source.text for source in found]) @ vector
    sources = [source for source, cosine in zip(found, cosines, strict=True) if cosine >= MIN_COSINE]
    if not sources:
        return Attempt(text="", refused=True, sentences=(), sources=(), context=())
    written, seconds = setup.plain(question, found)
    every = tuple(range(len(sources)))
    return attempt(
        written, tuple(CitingSentence(text=text, sources=every) for text in sentences(written)), sources, seconds
    )


def plain_prompt(setup: MethodSetup, question: str) -> Attempt:
    """RAMDocs' plain prompt: give all documents at once and ask for every supported answer, without sources.

    Eight passages, which covers every document of that set if it fits the small model's context.
    """
    sources = setup.passages(question, 8)
    context = "\n\n".join(source.text for source in sources)
    written = setup.write(EVERY_ANSWER, f"Documents:\n{context}\n\nQuestion: {question}\nAnswers:")
    said = tuple(CitingSentence(text=text, sources=()) for text in sentences(written))
    return attempt(written, said, [], context=sources)


def closed_book(setup: MethodSetup, question: str) -> Attempt:
    """Closed-book baseline: the model alone, without any passage."""
    written = setup.write("Answer the question in one or two sentences. If you do not know, say so.", question)
    return attempt(written, tuple(CitingSentence(text=text, sources=()) for text in sentences(written)), [])


def ours(style: Style) -> "Method":
    """Return the method that asks Footnote's own service in the given style."""

    def run(setup: MethodSetup, question: str) -> Attempt:
        answer = setup.answer(question, style)
        sources = tuple(
            ShownSource(article_id=c.article_id, span=Span(start=c.start, end=c.end), text=f"{c.quote} {attributed(c)}")
            for c in answer.citations
        )
        # The attribution and the introduction of a quotation are exact words of the article too.
        quoted = tuple(c.attribution for c in answer.citations if c.attribution)
        quoted += tuple(s.introduction.quote for s in answer.sentences if s.introduction)
        place = {citation.number: i for i, citation in enumerate(answer.citations)}
        said = tuple(
            CitingSentence(text=s.text, sources=tuple(place[n] for n in s.citations)) for s in answer.sentences
        )
        return Attempt(
            text=answer.text, refused=answer.verdict != "answered", sentences=said, sources=sources, context=quoted
        )

    return run


def sentences(text: str) -> list[str]:
    """Split a generated text into sentences."""
    return [span.of(text) for span in split_sentences(text, Span(start=0, end=len(text)))]


def attempt(
    written: str,
    said: tuple[CitingSentence, ...],
    sources: Sequence[ShownSource],
    seconds: float = 0.0,
    context: Sequence[ShownSource] = (),
) -> Attempt:
    """Build an attempt; it counts as refused if the text is empty or matches DECLINES."""
    return Attempt(
        text=written,
        refused=not written or bool(DECLINES.search(written)),
        sentences=said,
        sources=tuple(sources),
        context=tuple(source.text for source in context),
        seconds=seconds,
    )


Method = Callable[[MethodSetup, str], Attempt]
METHODS: dict[str, Method] = {
    "prompt for [n] (LlamaIndex's way)": numbered_prompt,
    "similarity after the answer (RAGFlow's)": similar_passages,
    "loosely matched quotes (kotaemon's)": loose_quotes,
    "everything retrieved (AnythingLLM's)": everything,
    "plain prompt, all documents (RAMDocs')": plain_prompt,
    "closed book": closed_book,
    "Footnote, compose": ours("compose"),
    "Footnote, quote": ours("quote"),
}
