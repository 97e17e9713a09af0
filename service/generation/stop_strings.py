"""Stop strings: end a streamed text at the first one, even if it is split across several pieces."""

from collections.abc import Sequence


class StopFilter:
    """Passes text through up to the first stop string; buffers a suffix that may be the start of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.stopped = False
        self._stops = [stop for stop in stops if stop]
        self._buffer = ""

    def feed(self, text: str) -> str:
        """Add a piece and return the text that can no longer be part of a stop string."""
        text = self._buffer + text
        ends = [end for end in map(text.find, self._stops) if end >= 0]
        if ends:
            self.stopped, self._buffer = True, ""
            return text[: min(ends)]
        sure = len(text) - max((_overlap(text, stop) for stop in self._stops), default=0)
        self._buffer = text[sure:]
        return text[:sure]

    def flush(self) -> str:
        """Return the buffered text at the end of the stream."""
        rest, self._buffer = self._buffer, ""
        return rest


def _overlap(text: str, stop: str) -> int:
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)
