"""Generator judge: a language model asked yes or no whether a passage supports a claim."""

from prompts import load
from service.generation.types import Message, TextGenerator
from service.grounding import ProbabilityJudge


def generator_judge(generator: TextGenerator, fingerprint: str) -> ProbabilityJudge:
    """Return a language model as a judge: asked yes or no, by the probabilities of the two first tokens."""
    prompt = load("judge")

    def probability(claim: str, premise: str) -> float:
        turns = prompt.render(premise=premise, claim=claim)
        messages = [Message(role=role, content=text) for role, text in turns]
        return generator.choose(messages, ("Yes", "No")).probabilities[0]

    return ProbabilityJudge(probability, fingerprint=fingerprint)
