"""Filter parameters: the request fields that say which articles may be used."""

from pydantic import BaseModel, Field

from index.types import Day, Filters, Utf8Text


class FilterParameters(BaseModel):
    """Which articles may be used, by date and outlet."""

    as_of: Day | None = Field(default=None, description="The day on which you stand: nothing later is used.")
    since: Day | None = Field(default=None, description="Nothing published before this day.")
    until: Day | None = Field(default=None, description="Nothing published after this day.")
    outlet: Utf8Text | None = Field(default=None, description="Only this outlet.")

    def filters(self) -> Filters:
        """Convert to the filters that retrieval takes."""
        return Filters(as_of=self.as_of, since=self.since, until=self.until, outlet=self.outlet)
