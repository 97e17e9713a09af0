"""Chosen judge: the judge of claims that `footnote models use --role judge` chose for a home folder."""

import logging
from hashlib import sha256
from pathlib import Path

from index.errors import FootnoteError, InputError
from index.scheduling import InferenceScheduler
from service.generation.types import TextGenerator, is_server
from service.grounding import CalibratedJudge, CrossEncoderJudge, EntailmentModel
from service.judging.generator_judge import generator_judge
from service.models import ModelStore
from service.proving.kept_decisions import model_key, read_decision
from service.runtime.home_lock import chosen_model
from service.runtime.settings import Settings

BACK = "the embedded one judges; `footnote models use embedded --role judge` takes the choice back"
_log = logging.getLogger("footnote.engine")


def is_writer(name: str, store: ModelStore) -> bool:
    """Whether a name is that of a model that writes: a server, or a generator of the model list.

    Raises:
        InputError: no model has that name, and no folder.
    """
    return is_server(name) or (not Path(name).is_dir() and store.find(name).role == "generator")


def load_judge_model(
    name: str, store: ModelStore, generator: TextGenerator | None, settings: Settings, scheduler: InferenceScheduler
) -> EntailmentModel:
    """Load a judge without its thresholds: a cross-encoder in a folder or the model list, or the model that writes.

    Raises:
        InputError: there is no such judge.
        ModelMissing: it was not downloaded.
    """
    key = model_key(name, store)
    if generator is not None:
        # An address begins like any other: its hash tells two servers apart.
        found = sha256(key.encode()).hexdigest() if is_server(name) else key
        return generator_judge(generator, fingerprint=found[:12])
    if not Path(name).is_dir() and (is_server(name) or store.find(name).role != "judge"):
        raise InputError(f"{name!r} does not write for this home folder; only the model in use can judge beside it")
    folder = Path(name) if Path(name).is_dir() else store.path(name)
    return CrossEncoderJudge(folder, fingerprint=key[:12], threads=settings.threads, scheduler=scheduler)


def chosen_judge(
    settings: Settings, store: ModelStore, writer: str, generator: TextGenerator, scheduler: InferenceScheduler
) -> EntailmentModel | None:
    """Return the judge chosen for this home folder, with its thresholds; None if the embedded one judges.

    A choice that cannot be used is logged in a line and otherwise ignored: without that judge, Footnote still works.

    Args:
        writer: name of the model that writes.
        generator: that model, as a judge may call it.
    """
    name = chosen_model(settings.home, "judge")
    if name is None:
        return None
    try:
        decision = read_decision(store.folder, model_key(name, store))
        if decision is None or decision.judging is None or not decision.judging.judges:
            _log.warning("the chosen judge %r was not measured here (`footnote models prove`); %s", name, BACK)
            return None
        model = load_judge_model(name, store, generator if name == writer else None, settings, scheduler)
    except (FootnoteError, OSError) as error:
        _log.warning("the chosen judge %r cannot be used (%s); %s", name, " ".join(str(error).split()), BACK)
        return None
    result = decision.judging.result
    return CalibratedJudge(model, strict=result.strict, loose=result.loose)
