"""Brief archive: lists, renames, deletes and compares the briefs of one document store."""

from index.store.store import DocumentStore
from index.types import BriefSummary
from service.briefing.brief_comparison import compare_briefs
from service.briefing.brief_history import read_brief
from service.briefing.types import Brief, BriefComparison, BriefList
from service.library.titles import read_title


class BriefArchive:
    """Keeps, lists, renames, deletes and compares briefs."""

    def __init__(self, store: DocumentStore) -> None:
        self._store = store

    def keep(self, brief: Brief) -> None:
        """Store a brief under its receipt, as the newest on its topic."""
        self._store.history.keep_brief(brief.receipt.id, brief.topic, brief.title, brief.model_dump_json())

    def briefs(self, topic: str | None, limit: int, offset: int) -> BriefList:
        """Return a page of the kept briefs on a topic, or on all topics; newest first."""
        kept = self._store.history.briefs(topic, limit, offset)
        return BriefList(briefs=tuple(kept), total=self._store.history.count_briefs(topic))

    def brief(self, receipt: str) -> Brief:
        """Return a kept brief; raises NotFound, or InputError if another version of Footnote wrote it."""
        return read_brief(self._store, receipt)

    def rename(self, receipt: str, title: str) -> BriefSummary:
        """Give a brief another title; raises NotFound, or InputError if the title is empty or too long."""
        self._store.history.rename_brief(receipt, read_title(title))
        return self._store.history.brief(receipt)

    def delete(self, receipt: str) -> BriefSummary:
        """Delete a brief and its receipt, and return what was deleted; raises NotFound."""
        found = self._store.history.brief(receipt)
        self._store.history.delete_brief(receipt)
        return found

    def compare(self, receipt: str, other: str) -> BriefComparison:
        """Compare two briefs; the later one is that of the later day on which its reader stood, else the newer one."""
        found = [(self._store.history.brief(each), self.brief(each)) for each in (other, receipt)]
        then, now = sorted(found, key=lambda each: (str(each[1].receipt.settings.get("as_of")), each[0].created_at))
        return compare_briefs(then, now, self._store)
