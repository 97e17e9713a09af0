"""Replica routes: store answers and briefs that replicas of this home folder send with its secret."""

from typing import Annotated

from fastapi import APIRouter, Response

from service.answering.types import Answer
from service.api.error_responses import problems
from service.api.request_bodies import as_read
from service.briefing.types import Brief
from service.replication.accepting import accept_answer, accept_brief
from service.replication.owner import KEPT_ANSWERS, KEPT_BRIEFS
from service.workspace import Workspace


def replica_routes(workspace: Workspace) -> APIRouter:
    """Return the routes that a replica calls on its owner."""
    router = APIRouter(tags=["replicas"], responses=problems(403, 422))

    @router.post(KEPT_ANSWERS, status_code=204, response_class=Response)
    def keep_answer(body: Annotated[Answer, as_read(Answer)]) -> Response:
        """Keep an answer that a replica made, with its receipt and its turn of a conversation.

        Only a process that can read the home folder may call this; each citation is compared with its article first.
        """
        accept_answer(body, workspace.store)
        return Response(status_code=204)

    @router.post(KEPT_BRIEFS, status_code=204, response_class=Response)
    def keep_brief(body: Annotated[Brief, as_read(Brief)]) -> Response:
        """Keep a brief that a replica made, under the same conditions."""
        accept_brief(body, workspace.store)
        return Response(status_code=204)

    return router
