"""Draft selection: for each article the best checked questions, of as many kinds as it gives, then near misses."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from evals.harness.drafting.article_names import ArticleNames, article_names
from evals.harness.drafting.article_topics import about_article
from evals.harness.drafting.clauses import clauses
from evals.harness.drafting.near_misses import is_unanswered, other_fact, other_name
from evals.harness.drafting.question_templates import Draft, from_clause
from evals.harness.drafting.read_article import ReadArticle, repeated_stems
from evals.harness.drafting.reader_check import answers
from evals.harness.drafting.reported_questions import from_report
from evals.harness.drafting.role_questions import from_apposition
from evals.harness.drafting.standalone import anchors, is_standalone
from index.search.candidate_sentences import article_statements
from index.search.scored_sentence import ScoredSentence
from index.types import Article
from index.words import content_words
from service.answering.article_sentences import MIN_BOILERPLATE
from service.answering.boilerplate import boilerplate_log_odds
from service.workspace import Workspace

MAX_CHECKED = 4
"""Most drafts of an article that the reader checks for each question that is wanted: reading takes most of the time."""
MISSES_PER_QUESTION = 1 / 3
IDEAL_WORDS = 11
TERMINAL_MARKS = (".", "!", "?")
CLOSING_MARKS = "”\"'’)"

Wording = Callable[[Draft], Draft]


def select(
    workspace: Workspace,
    articles: Sequence[Article],
    per_article: int,
    wording: Wording,
    progress: Callable[[Article], None],
) -> Iterator[Draft]:
    """Yield the checked questions of each article, then its near misses."""
    kinds: Counter[str] = Counter()
    owed = 0.0
    for article in articles:
        read = read_article(article)
        drafts = candidates(read)
        chosen = _questions(workspace, read, drafts, per_article, kinds, wording)
        yield from chosen
        owed += len(chosen) * MISSES_PER_QUESTION
        for miss in _misses(workspace, read, chosen, drafts, int(owed)):
            owed -= 1
            yield miss
        progress(article)


def read_article(article: Article) -> ReadArticle:
    """Return an article with its whole sentences, without headings and captions, and its names."""
    every = article_statements(article, 1)
    finished = (each for each in every if _is_finished(each.text.rstrip(CLOSING_MARKS)))
    statements = [each for each in finished if boilerplate_log_odds(each.text) < MIN_BOILERPLATE]
    return ReadArticle(article, statements, article_names(article, statements), repeated_stems(statements))


def _is_finished(text: str) -> bool:
    return text.endswith(TERMINAL_MARKS) and not text.endswith("..")


def _questions(
    workspace: Workspace,
    read: ReadArticle,
    drafts: Sequence[Draft],
    limit: int,
    kinds: Counter[str],
    wording: Wording,
) -> list[Draft]:
    """Return the best drafts of an article: of the kinds that are rarest so far, each kind and sentence once."""
    waiting = [*drafts]
    found: list[Draft] = []
    checked = 0
    while waiting and len(found) < limit and checked < limit * MAX_CHECKED:
        best = max(waiting, key=lambda each: (-kinds[each.kind], quality(each, read)))
        waiting.remove(best)
        checked += 1
        if answers(workspace, best):
            found.append(_worded(workspace, read, best, wording))
            kinds[best.kind] += 1
            waiting = [each for each in waiting if each.kind != best.kind and each.source.span != best.source.span]
    return found


def _worded(workspace: Workspace, read: ReadArticle, draft: Draft, wording: Wording) -> Draft:
    """Return the draft in a model's words if it passes the checks of a template's, else as it is."""
    other = wording(draft)
    is_other = other.question != draft.question
    return other if is_other and is_standalone(other, read.names) and answers(workspace, other) else draft


def candidates(read: ReadArticle) -> list[Draft]:
    """Return every question of an article that stands by itself."""
    found = [draft for each in read.statements for draft in _of_statement(each, read)]
    found = [replace(each, question=_with_full_names(each.question, read.names)) for each in found]
    return [each for each in [*found, *about_article(read)] if is_standalone(each, read.names)]


def _of_statement(statement: ScoredSentence, read: ReadArticle) -> Iterator[Draft]:
    for clause in clauses(statement):
        yield from from_clause(clause)
    yield from from_apposition(statement, read.names)
    yield from from_report(statement, read)


def _with_full_names(question: str, names: ArticleNames) -> str:
    """Return the question with the first mention of each person by the full name."""
    words = question[:-1].split()
    for name in names.last_names():
        full, forms = names.full(name), (name, f"{name}'s", f"{name}’s")
        place = next((i for i, word in enumerate(words) if word in forms), None)
        beside = [] if place is None else [words[place - 1], *words[place + 1 : place + 2]]
        stands_alone = not any(word[:1].isupper() or word == "the" for word in beside)
        if place is not None and full not in question and stands_alone:
            words[place] = words[place].replace(name, full, 1)
    return " ".join(words) + question[-1]


def quality(draft: Draft, read: ReadArticle) -> float:
    """Score a draft before the reader checks it: names, words that carry meaning, length, and an early sentence."""
    position = next((i for i, each in enumerate(read.statements) if each.span == draft.source.span), 0)
    length = abs(len(draft.question.split()) - IDEAL_WORDS)
    named = min(len(anchors(draft, read.names)), 2)
    return named + 0.3 * min(len(content_words(draft.question)), 6) - 0.15 * length - position / len(read.statements)


def _misses(
    workspace: Workspace, read: ReadArticle, chosen: Sequence[Draft], drafts: Sequence[Draft], limit: int
) -> list[Draft]:
    """Return near misses of an article: its questions with another name, else questions for another fact."""
    rest = sorted(drafts, key=lambda each: -quality(each, read))
    swapped = [miss for draft in [*chosen, *rest] if not draft.nuggets for miss in other_name(draft, read)]
    facts = [miss for each in read.statements for clause in clauses(each) for miss in other_fact(clause)]
    facts.sort(key=lambda miss: -quality(miss, read))
    found: list[Draft] = []
    for miss in [*_standalone(swapped, read), *_standalone(facts, read)]:
        if len(found) == limit:
            break
        is_new = all(miss.question != each.question and miss.source.span != each.source.span for each in found)
        if is_new and is_unanswered(workspace, miss):
            found.append(miss)
    return found


def _standalone(misses: Sequence[Draft], read: ReadArticle) -> list[Draft]:
    """Return the first of these that stand by themselves, one for each sentence."""
    found = {each.source.span: each for each in reversed(misses) if is_standalone(each, read.names)}
    return [each for each in misses if found.get(each.source.span) is each][:MAX_CHECKED]
