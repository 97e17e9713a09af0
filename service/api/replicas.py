"""What replicas of this home folder hand over to be kept; the doors let nobody else come here."""

from typing import Annotated

from fastapi import APIRouter, Response

from service.accepting import accept_answer, accept_brief
from service.api.problems import problems
from service.api.reading import as_read
from service.briefing.types import Brief
from service.desk import Desk
from service.owner import KEPT_ANSWERS, KEPT_BRIEFS
from service.types import Answer


def replicas(desk: Desk) -> APIRouter:
    """The routes that a replica needs of its owner."""
    router = APIRouter(tags=["replicas"], responses=problems(403, 422))

    @router.post(KEPT_ANSWERS, status_code=204, response_class=Response)
    def keep_answer(body: Annotated[Answer, as_read(Answer)]) -> Response:
        """Keep an answer that a replica made, with its receipt and its turn of a talk.

        Only a process that can read the home folder may; each citation is held against the articles first.
        """
        accept_answer(body, desk.catalogue)
        return Response(status_code=204)

    @router.post(KEPT_BRIEFS, status_code=204, response_class=Response)
    def keep_brief(body: Annotated[Brief, as_read(Brief)]) -> Response:
        """Keep a brief that a replica made, likewise."""
        accept_brief(body, desk.catalogue)
        return Response(status_code=204)

    return router
