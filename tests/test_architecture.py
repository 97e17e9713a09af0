"""Architecture: imports follow one direction, each heavy library has listed importers, and files are small."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("prompts", "index", "service", "evals")
MAY_IMPORT = {
    "prompts": set(),
    "index": set(),
    "service": {"prompts", "index"},
    "evals": {"prompts", "index", "service"},
}
DOORS: dict[str, str | tuple[str, ...]] = {
    "chromadb": "index/vectors/chroma.py",
    "sqlite3": "index/store/sqlite_ledger.py",
    "psycopg": "index/store/postgresql_connections.py",
    "datasketch": "index/near_duplicate_articles.py",
    "onnxruntime": "index/encoder.py",
    "tokenizers": "index/encoder.py",
    "sentencex": "index/sentences.py",
    "llama_cpp": ("service/generation/", "evals/studies/speed/bare_engine.py"),
    "fastapi": "service/api/",
    "uvicorn": "service/api/",
    "prometheus_client": "service/api/metrics.py",
    "onnx": "service/models/",
    "huggingface_hub": "service/models/",
    "httpx": (
        "service/client.py",
        "service/generation/openai_generator.py",
        "service/ingestion/fetcher.py",
    ),
    "httpx_sse": "service/generation/openai_generator.py",
    "protego": "service/ingestion/fetcher.py",
    "httpcore": ("service/ingestion/fetcher.py", "service/ingestion/guarded_connection.py"),
    "trafilatura": "index/reading/html_blocks.py",
    "cssselect2": "index/reading/html_hidden.py",
    "tinycss2": "index/reading/html_hidden.py",
    "pypdfium2": "index/reading/pdf_pages.py",
    "feedparser": "index/reading/feeds.py",
    "markdown_it": "index/reading/markdown.py",
    "yaml": "index/reading/markdown.py",
    "charset_normalizer": "index/reading/encodings.py",
    "email": "index/reading/mail.py",
    "mailparser_reply": "index/reading/mail_history.py",
    "striprtf": "index/reading/documents.py",
    "dateutil": "index/reading/field_dates.py",
    "watchfiles": "service/ingestion/folder_watch.py",
    "spacy": "service/language/parsing.py",
    "docx": ("service/rendering/word", "index/reading/documents.py"),
    "mcp": "service/mcp/",
    "mcp_types": "service/mcp/",
    "pydantic_settings": "service/runtime/settings.py",
}
TOP_LEVEL = {
    "service", "prompts", "index", "seeds", "tests", "evals", "docs", ".ci", ".github", "pyproject.toml", "README.md",
    "Makefile", "requirements.lock", "build.lock", "build.in", "LICENSE", "CHANGELOG.md", "SECURITY.md",
    "CONTRIBUTING.md", ".gitignore", "compose.yaml",
}  # fmt: skip
MADE_HERE = {
    ".git",
    ".venv",
    ".peers",
    ".footnote",
    "reports",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
}
LONGEST_FILE = 400


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name, _ in imports(path)} & {*PACKAGES, "tests"}
    assert ours - {own} <= MAY_IMPORT[own]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_libraries_have_one_door(path: Path) -> None:
    where = str(path.relative_to(ROOT))
    used = {name.split(".")[0] for name, _ in imports(path)} & set(DOORS)
    assert [library for library in used if not where.startswith(DOORS[library])] == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_gate_is_imported_as_a_whole(path: Path) -> None:
    inside = ROOT / "service" / "grounding"
    names = {name for name, _ in imports(path) if name.startswith("service.grounding.")}
    parts = {f"service.grounding.{each.stem}" for each in inside.glob("*.py")}
    assert path.parent == inside or not names & parts


def test_no_import_cycle() -> None:
    known = {module(path) for path in sources()}
    edges = defaultdict(set)
    for path in sources():
        for name, _ in imports(path):
            if name in known and name != module(path):
                edges[module(path)].add(name)
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for target in sorted(edges[name]):
                visit(target, (*trail, name))
            done.add(name)

    for name in sorted(known):
        visit(name, ())


def folder_edges() -> dict[str, set[str]]:
    known = {module(path): path for path in sources()}
    edges = defaultdict(set)
    for path in sources():
        here = str(path.parent.relative_to(ROOT))
        for name, _ in imports(path):
            if name in known and (there := str(known[name].parent.relative_to(ROOT))) != here:
                edges[here].add(there)
    return edges


def test_no_folder_imports_one_that_imports_it() -> None:
    edges = folder_edges()
    done: set[str] = set()

    def visit(folder: str, trail: tuple[str, ...]) -> None:
        assert folder not in trail, " -> ".join((*trail, folder))
        if folder not in done:
            for target in sorted(edges.get(folder, ())):
                visit(target, (*trail, folder))
            done.add(folder)

    for folder in sorted(edges):
        visit(folder, ())


def test_the_root_of_the_service_stays_small() -> None:
    assert len(list((ROOT / "service").glob("*.py"))) <= 8


def test_language_knows_nothing_of_the_gate() -> None:
    found = {name for path in (ROOT / "service/language").glob("*.py") for name, _ in imports(path)}
    ours = {name for name in found if name.split(".")[0] in PACKAGES}
    assert {name for name in ours if not name.startswith(("index", "service.language"))} == set()


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def test_top_level_is_fixed() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.endswith(".egg-info")} - MADE_HERE
    assert found <= TOP_LEVEL


def test_lock_files_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "build.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        pinned = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)


def test_nothing_knows_the_evaluation_text() -> None:
    """No name from a seed article may occur in the answering code."""
    names = {"ISKP", "Mastung", "Bajaur", "Ghafari", "Krasnogorsk", "Mujahid", "MEMRI", "Islamabad", "Orakzai", "IANS"}
    code = [p for p in sources() if p.relative_to(ROOT).parts[0] != "evals"]
    prompts = sorted((ROOT / "prompts").glob("*.md"))
    found = [(p.name, n) for p in [*code, *prompts] for n in names if n in p.read_text(encoding="utf-8")]
    assert found == []
