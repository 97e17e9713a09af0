"""Engines: loads the embedder, the reader and the language model of one process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from index.embedding import Embedder, OnnxEmbedder
from index.errors import InputError
from index.scheduling import InferenceScheduler
from index.search.reader import CrossEncoderReader, Reader
from service.generation.cpu_yield import ComputeClaim
from service.generation.queued_generator import QueuedGenerator
from service.generation.request_queue import RequestQueue
from service.generation.supervisor import LlamaProcess
from service.generation.types import TextGenerator, is_server
from service.grounding import CrossEncoderEntailment, EntailmentModel, LazyEntailment
from service.judging.chosen_judge import chosen_judge
from service.models import (
    EMBEDDER,
    ENTAILMENT,
    GENERATOR,
    READER,
    ModelStore,
    default_models_dir,
    update_digest,
)
from service.proving.kept_decisions import model_key, read_decision
from service.runtime.home_lock import chosen_model
from service.runtime.settings import Settings

CAPABLE_CONTEXT_TOKENS = 4096
"""Context of a model that writes from passages, unless the settings say otherwise."""


class Engines:
    """Engines: the loaded models; several workspaces of one process may share them."""

    def __init__(
        self,
        embedder: Embedder,
        reader: Reader,
        generator: TextGenerator,
        *,
        composes: bool,
        capable: bool = False,
        queue: RequestQueue | None = None,
        compute_claim: ComputeClaim | None = None,
        scheduler: InferenceScheduler | None = None,
        entailment: EntailmentModel | None = None,
        embedded_judge: EntailmentModel | None = None,
    ) -> None:
        self.entailment = entailment or embedded_judge
        """Judges claims; without one, only claims that pass every check of the gate are supported."""
        self.embedded_judge = embedded_judge
        """Judges claims where no other judge was chosen."""
        self.embedder = embedder
        self.reader = reader
        self.generator = generator
        self.composes = composes
        self.capable = capable
        """Whether the generator writes prose from passages; the built-in one writes a sentence from three."""
        self.queue = queue or RequestQueue()
        """Queue of the requests that wait for the generator."""
        self.scheduler = scheduler or InferenceScheduler(compute_claim)
        """Gives retrieval priority over reranking."""
        self._compute_claim = compute_claim
        self.on_switch: set[Callable[[], None]] = set()
        """Called after each switch: every open workspace takes the new models into use."""

    def switch(
        self, generator: TextGenerator, *, composes: bool, capable: bool, judge: EntailmentModel | None = None
    ) -> None:
        """Replace the language model and stop the old one; its queue must be idle.

        Args:
            judge: judges claims from now on, as the old model may have been the judge; by default the embedded one.
        """
        old, self.generator = self.generator, generator
        self.composes, self.capable = composes, capable
        self.entailment = judge or self.embedded_judge
        for hook in tuple(self.on_switch):
            hook()
        old.close()

    @property
    def judge_fingerprint(self) -> str | None:
        """Fingerprint of the embedded judge of claims; None without one."""
        return self.embedded_judge.fingerprint if self.embedded_judge else None

    @property
    def compute_claim(self) -> ComputeClaim | None:
        """CPU claim to which the language model yields."""
        return self._compute_claim

    def close(self) -> None:
        """Stop the engine's process."""
        self.generator.close()
        if self._compute_claim is not None:
            self._compute_claim.close()


def load_engines(settings: Settings, *, embedded: bool = False) -> Engines:
    """Load the embedder and the reader; prepare the language model, which starts at its first use.

    Args:
        embedded: whether the embedded models write and judge, whatever was chosen.

    Raises:
        ModelMissing: a model was not downloaded.
        ModelAltered: a model's file has changed since its download.
    """
    store = ModelStore(settings.models or default_models_dir())
    name = GENERATOR if embedded else writer_name(settings)
    store.verify(EMBEDDER)
    folder = store.path(EMBEDDER)
    compute_claim = ComputeClaim()
    scheduler = InferenceScheduler(compute_claim)
    with ThreadPoolExecutor(max_workers=1) as pool:
        fingerprint, judge = update_digest(READER)[:12], update_digest(ENTAILMENT)[:12]
        loading = pool.submit(
            CrossEncoderReader, folder / READER, fingerprint=fingerprint, threads=settings.threads, scheduler=scheduler
        )
        embedder = OnnxEmbedder(folder, threads=settings.threads, scheduler=scheduler)
        reader = loading.result()
    generator, queue = load_generator(name, store, settings, compute_claim), RequestQueue(settings.queue)
    embedded_judge = LazyEntailment(
        lambda: CrossEncoderEntailment(
            folder / ENTAILMENT, fingerprint=judge, threads=settings.threads, scheduler=scheduler
        ),
        fingerprint=judge,
    )
    return Engines(
        embedder=embedder,
        reader=reader,
        generator=generator,
        entailment=None if embedded else judge_beside(name, generator, queue, store, settings, scheduler),
        embedded_judge=embedded_judge,
        compute_claim=compute_claim,
        scheduler=scheduler,
        composes=may_compose(name, store, settings),
        capable=name != GENERATOR,
        queue=queue,
    )


def writer_name(settings: Settings) -> str:
    """Return the name of the model that writes: as the settings say, else as chosen for the home folder."""
    return settings.model or chosen_model(settings.home) or GENERATOR


def judge_beside(
    writer: str,
    generator: TextGenerator,
    queue: RequestQueue,
    store: ModelStore,
    settings: Settings,
    scheduler: InferenceScheduler,
) -> EntailmentModel | None:
    """Return the judge chosen beside a writer, see `chosen_judge`; a writer that judges waits in its queue for each."""
    return chosen_judge(settings, store, writer, QueuedGenerator(generator, queue, settings.patience), scheduler)


def may_compose(name: str, store: ModelStore, settings: Settings) -> bool:
    """Whether the style `auto` lets a model write: as the settings say, else as `footnote models prove` decided."""
    if settings.composes is not None:
        return settings.composes
    decision = read_decision(store.folder, model_key(name, store))
    if decision and decision.writing:
        return decision.writing.composes
    return not is_server(name) and store.find(name).composes


def check_server(name: str, settings: Settings) -> str:
    """Return the name of the model that a server offers; raises ModelError if the server does not answer."""
    # Imported here because it needs httpx, which a local engine does not.
    from service.generation.openai_generator import OpenAIGenerator, check_address  # noqa: PLC0415

    key = settings.engine_key.get_secret_value()
    with closing(OpenAIGenerator(check_address(name), key=key, context_tokens=settings.context_tokens)) as model:
        model.reach()
        return model.find_model()


def load_generator(
    name: str, store: ModelStore, settings: Settings, compute_claim: ComputeClaim | None = None
) -> TextGenerator:
    """Prepare a language model, which starts at its first use.

    Raises:
        InputError: there is no model of that name, or it is not a generator.
        ModelMissing: it was not downloaded.
        ModelAltered: its file has changed since its download.
    """
    if is_server(name):
        # Imported here because it needs httpx, which a local engine does not.
        from service.generation.openai_generator import OpenAIGenerator, check_address  # noqa: PLC0415

        key = settings.engine_key.get_secret_value()
        return OpenAIGenerator(check_address(name), key=key, context_tokens=_context_tokens(name, settings))
    if store.find(name).role != "generator":
        raise InputError(f"{name!r} is no generator of `footnote models list`; if it is a judge, add --role judge")
    store.verify(name)
    return LlamaProcess(
        store.path(name),
        name=name,
        digest=store.digest(name),
        context_tokens=_context_tokens(name, settings),
        threads=settings.threads,
        # The built-in model's prompts share only a short beginning; evaluations and exact search stay reproducible.
        deterministic=name == GENERATOR or settings.exact,
        claim_file=compute_claim.path if compute_claim else None,
    )


def _context_tokens(name: str, settings: Settings) -> int:
    """Return the context of a model: as set, else enough for passages where the model writes from them."""
    chosen = "context_tokens" in settings.model_fields_set or name == GENERATOR
    return settings.context_tokens if chosen else max(settings.context_tokens, CAPABLE_CONTEXT_TOKENS)
