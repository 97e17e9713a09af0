"""FastAPI application: assembles middleware, routes, error handlers and the API reference."""

import importlib.metadata
from pathlib import Path
from typing import cast

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from service.api.admission import AdmissionPolicy, add_admission
from service.api.articles import article_routes, upload_routes
from service.api.briefs import brief_routes
from service.api.chat_completions import chat_completion_routes
from service.api.collections import collection_routes
from service.api.conversations import conversation_routes, feedback_routes
from service.api.engine import engine_routes
from service.api.jobs import job_routes
from service.api.metrics import Metrics, metrics_routes
from service.api.openapi import describe_every_field
from service.api.probes import probe_routes
from service.api.problem_details import add_error_handlers
from service.api.questions import question_routes
from service.api.request_logging import RequestLogging
from service.api.static_files import page_routes
from service.engines import Engines
from service.runtime.home_lock import HomeFolder
from service.runtime.settings import Settings
from service.workspace import Workspace
from service.workspaces import Workspaces


def create_app(served: Workspaces | Workspace, admission: AdmissionPolicy | None = None) -> FastAPI:
    """Build the application for the collections of a home; without `admission` it needs no key and accepts any host.

    Args:
        served: the collections; or one of them that is open, whose others are opened on their first use.
    """
    workspaces = served if isinstance(served, Workspaces) else Workspaces.around(served)
    # Serves the scripts of its reference page itself; FastAPI's own page loads them from the network.
    app = FastAPIOffline(
        title="Footnote",
        version=importlib.metadata.version("footnote"),
        summary="Ask a private collection of news articles; every sentence carries the exact words behind it.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.workspaces = workspaces
    add_error_handlers(app)
    metrics = Metrics(workspaces)
    # The middleware added last runs first.
    add_admission(app, admission or AdmissionPolicy())
    app.add_middleware(RequestLogging, metrics=metrics)
    for router in (
        question_routes(),
        brief_routes(),
        article_routes(),
        job_routes(),
        probe_routes(),
        chat_completion_routes(),
        conversation_routes(),
        feedback_routes(),
        upload_routes(),
        engine_routes(),
        collection_routes(),
        page_routes(),
        metrics_routes(metrics),
    ):
        app.include_router(router)
    describe_every_field(app)
    return app


def create_app_to_describe() -> FastAPI:
    """Build the application without a collection, only for its OpenAPI document; its routes do not work."""
    return create_app(Workspaces(Settings.model_construct(), cast(Engines, None), HomeFolder(Path())))
