"""Engines: loads the embedder, the reader and the language model of one process."""

from concurrent.futures import ThreadPoolExecutor

from index.embedding import Embedder, OnnxEmbedder
from index.scheduling import InferenceScheduler
from index.search.reader import CrossEncoderReader, Reader
from service.generation.cpu_yield import ComputeClaim
from service.generation.request_queue import RequestQueue
from service.generation.supervisor import LlamaProcess
from service.generation.types import TextGenerator, is_server
from service.grounding import CrossEncoderEntailment, EntailmentModel, LazyEntailment
from service.models import EMBEDDER, ENTAILMENT, GENERATOR, READER, ModelStore, default_models_dir, update_digest
from service.runtime.home_lock import chosen_model
from service.runtime.settings import Settings


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
    ) -> None:
        self.entailment = entailment
        """Judges claims; without one, only claims that pass every check of the gate are supported."""
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

    def close(self) -> None:
        """Stop the engine's process."""
        self.generator.close()
        if self._compute_claim is not None:
            self._compute_claim.close()


def load_engines(settings: Settings) -> Engines:
    """Load the embedder and the reader; prepare the language model, which starts at its first use.

    Raises:
        ModelMissing: a model was not downloaded.
        ModelAltered: a model's file has changed since its download.
    """
    store = ModelStore(settings.models or default_models_dir())
    name = settings.model or chosen_model(settings.home) or GENERATOR
    store.verify(EMBEDDER)
    folder = store.path(EMBEDDER)
    # Our evals did not measure a model behind another server: it composes only where the settings say so.
    composes = not is_server(name) and store.find(name).composes
    compute_claim = ComputeClaim()
    scheduler = InferenceScheduler(compute_claim)
    with ThreadPoolExecutor(max_workers=1) as pool:
        fingerprint, judge = update_digest(READER)[:12], update_digest(ENTAILMENT)[:12]
        loading = pool.submit(
            CrossEncoderReader, folder / READER, fingerprint=fingerprint, threads=settings.threads, scheduler=scheduler
        )
        embedder = OnnxEmbedder(folder, threads=settings.threads, scheduler=scheduler)
        reader = loading.result()
    return Engines(
        embedder=embedder,
        reader=reader,
        generator=_generator(name, store, settings, compute_claim),
        entailment=LazyEntailment(
            lambda: CrossEncoderEntailment(
                folder / ENTAILMENT, fingerprint=judge, threads=settings.threads, scheduler=scheduler
            ),
            fingerprint=judge,
        ),
        compute_claim=compute_claim,
        scheduler=scheduler,
        composes=composes if settings.composes is None else settings.composes,
        capable=name != GENERATOR,
        queue=RequestQueue(settings.queue),
    )


def _generator(name: str, store: ModelStore, settings: Settings, compute_claim: ComputeClaim) -> TextGenerator:
    if is_server(name):
        # Imported here because it needs httpx, which a local engine does not.
        from service.generation.openai_generator import OpenAIGenerator, check_address  # noqa: PLC0415

        key = settings.engine_key.get_secret_value()
        return OpenAIGenerator(check_address(name), key=key, context_tokens=settings.context_tokens)
    store.verify(name)
    return LlamaProcess(
        store.path(name),
        name=name,
        digest=store.digest(name),
        context_tokens=settings.context_tokens,
        threads=settings.threads,
        claim_file=compute_claim.path,
    )
