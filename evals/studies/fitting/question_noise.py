"""Question noise: questions as people type them, in lower case, without a mark, with words left out or mistyped."""

from random import Random

LEFT_OUT = ("the", "a", "an", "did", "does", "do", "is", "was", "of")


def as_typed(question: str, random: Random) -> str:
    """Return the question as it is, or, a little less often than not, with noise."""
    if random.random() < 0.55:
        return question
    words = question.rstrip("?").split() if random.random() < 0.7 else question.split()
    if random.random() < 0.6:
        words = [word.lower() for word in words]
    if random.random() < 0.25:
        words = [word for word in words if word.lower() not in LEFT_OUT] or words
    if random.random() < 0.2:
        long = [i for i, word in enumerate(words) if len(word) > 4]
        if long:
            i = random.choice(long)
            words[i] = _mistyped(words[i], random)
    return " ".join(words)


def _mistyped(word: str, random: Random) -> str:
    """Leave out a letter, or exchange it with the next one; the first and the last letter stay."""
    j = random.randrange(1, len(word) - 1)
    return random.choice((word[:j] + word[j + 1 :], word[:j] + word[j + 1] + word[j] + word[j + 2 :]))
