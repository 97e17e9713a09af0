"""Stop strings in a text that arrives in pieces."""

from collections.abc import Sequence


class StopFilter:
    """Lets text through up to the first stop string; what may turn into one is held back."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.stopped = False
        self._stops = [stop for stop in stops if stop]
        self._held = ""

    def feed(self, text: str) -> str:
        """The part of the text so far that is now certain."""
        text = self._held + text
        ends = [end for end in map(text.find, self._stops) if end >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        sure = len(text) - max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[sure:]
        return text[:sure]

    def flush(self) -> str:
        """What was held back and became no stop string."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
