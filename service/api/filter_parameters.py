"""Filter parameters: the request fields that say which articles may be used."""

from pydantic import BaseModel, Field

from index.types import Day, Filters, Utf8Text

MAX_ARTICLES_CHOSEN = 10_000


class FilterParameters(BaseModel):
    """Which articles may be used, by date and outlet."""

    as_of: Day | None = Field(default=None, description="The day on which you stand: nothing later is used.")
    since: Day | None = Field(default=None, description="Nothing published before this day.")
    until: Day | None = Field(default=None, description="Nothing published after this day.")
    outlet: Utf8Text | None = Field(default=None, description="Only this outlet.")
    article_ids: list[Utf8Text] | None = Field(
        default=None, min_length=1, max_length=MAX_ARTICLES_CHOSEN, description="Only these articles, by their ids."
    )

    def filters(self) -> Filters:
        """Convert to the filters that retrieval takes."""
        return Filters(
            as_of=self.as_of,
            since=self.since,
            until=self.until,
            outlet=self.outlet,
            article_ids=None if self.article_ids is None else tuple(self.article_ids),
        )
