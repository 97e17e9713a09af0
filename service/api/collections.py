"""Collection of a request: chosen by the field `collection`, within what the client's key may use; its routes."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from index.errors import InputError, NotPermitted
from index.store.named_collections import DEFAULT, MAX_NAME_CHARACTERS, NAME, unknown_collection
from index.types import Record, Utf8Text
from service.api.api_keys import Client
from service.api.error_responses import problems
from service.ingestion.types import IngestReport
from service.workspace import Workspace
from service.workspaces import Workspaces

DESCRIPTION = "Which collection; by default the one that needs no name. Also taken as a field of a JSON body."
BODY_DESCRIPTION = "Which collection, if the query does not name it; by default the one that needs no name."
MAX_COPIED = 100
"""Maximum articles of one request to copy; more take several."""
NAME_SCHEMA: JsonDict = {"minLength": 1, "maxLength": MAX_NAME_CHARACTERS, "pattern": f"^{NAME.pattern}$"}


class CollectionField(BaseModel):
    """Which collection a body is for; read by `requested`, so routes need not look at it."""

    collection: Utf8Text | None = Field(default=None, description=BODY_DESCRIPTION)


class VisibleCollections:
    """Visible collections: those that the client of a request may use; it is never shown that there are others."""

    def __init__(self, workspaces: Workspaces, client: Client) -> None:
        self._workspaces, self._client = workspaces, client

    def all(self) -> Workspaces:
        """Return all workspaces, for what concerns the whole service; raises NotPermitted for a key that is limited."""
        if self._client.collections is not None:
            raise NotPermitted("this key is for some collections only; this concerns the whole service")
        return self._workspaces

    def names(self) -> list[str]:
        """Return their names, first the default one."""
        return [name for name in self._workspaces.names() if self._client.may_use(name)]

    def default(self) -> str | None:
        """Return the collection that needs no name: of a key for just one, that one; None if a name is needed."""
        limits = self._client.collections
        if limits is None or DEFAULT in limits:
            return DEFAULT
        return next(iter(limits)) if len(limits) == 1 else None

    def open(self, *named: str | None) -> Workspace:
        """Return the workspace of the collection that a request names, once or more.

        Raises:
            NotFound: there is no such collection, or the client may not use it.
            InputError: two collections are named, or none where one must be.
        """
        names = list(dict.fromkeys(name for name in named if name is not None)) or [self._default_or_raise()]
        found = [self._find(name) for name in names]
        if len(found) > 1:
            raise InputError(f"the request names two collections, {' and '.join(map(repr, names))}; name one")
        return found[0]

    def _default_or_raise(self) -> str:
        if (name := self.default()) is None:
            raise InputError(f"name a collection in `collection`; this key is for {', '.join(self.names()) or 'none'}")
        return name

    def _find(self, name: str) -> Workspace:
        workspace = self._workspaces.find(name) if self._client.may_use(name) else None
        if workspace is None:
            raise unknown_collection(name, self.names())
        return workspace


async def visible(request: Request) -> VisibleCollections:
    """Return the collections that the client of this request may use."""
    return VisibleCollections(request.app.state.workspaces, request.state.client)


InQuery = Annotated[Utf8Text | None, Query(description=DESCRIPTION)]


async def requested(request: Request, collection: InQuery = None) -> Sequence[str | None]:
    """Return the names of collections in the query and in a JSON body, whatever its media type says."""
    body: object = None
    if await request.body():
        with suppress(ValueError, RecursionError):  # no JSON: the route refuses it
            body = await request.json()
    named = body.get("collection") if isinstance(body, dict) else None
    return (collection, named if isinstance(named, str) else None)


Visible = Annotated[VisibleCollections, Depends(visible)]
Requested = Annotated[Sequence[str | None], Depends(requested)]


def chosen(collections: Visible, names: Requested) -> Workspace:
    """Return the workspace that a request is for."""
    return collections.open(*names)


Chosen = Annotated[Workspace, Depends(chosen)]


def chosen_in_query(collections: Visible, collection: InQuery = None) -> Workspace:
    """Return the workspace that the query alone names: the body is a file, whatever fields it has."""
    return collections.open(collection)


ChosenInQuery = Annotated[Workspace, Depends(chosen_in_query)]


class CollectionView(Record):
    """One collection."""

    name: str = Field(description="What requests call it.")
    default: bool = Field(description="Whether a request without a name is for it.")


class CollectionList(Record):
    """The collections that the client may use."""

    collections: tuple[CollectionView, ...] = Field(description="First the one that needs no name, if it may be used.")


class AddCollectionBody(BaseModel):
    """The name of a new collection."""

    model_config = ConfigDict(extra="forbid")

    name: Utf8Text = Field(
        description="Lower-case letters, digits, and hyphens between them.",
        examples=["desk"],
        json_schema_extra=NAME_SCHEMA,
    )


class CopyArticlesBody(CollectionField):
    """Articles of the collection that the request is for."""

    model_config = ConfigDict(extra="forbid")

    article_ids: list[Utf8Text] = Field(
        description="The articles to copy, each as it is now.", min_length=1, max_length=MAX_COPIED, examples=[["pier"]]
    )


def collection_routes() -> APIRouter:
    """Return the routes below /v1/collections."""
    router = APIRouter(prefix="/v1/collections", tags=["collections"])

    @router.get("")
    def list_collections(collections: Visible) -> CollectionList:
        """List the collections that the client's key may use; each has its own articles, answers and conversations."""
        default = collections.default()
        views = (CollectionView(name=name, default=name == default) for name in collections.names())
        return CollectionList(collections=tuple(views))

    @router.post("", responses=problems(403, 409, 422))
    def add_collection(body: AddCollectionBody, collections: Visible) -> CollectionView:
        """Add an empty collection; requests use it by its name from then on."""
        collections.all().add(body.name)
        return CollectionView(name=body.name, default=False)

    @router.post("/{name}/articles", responses=problems(403, 404, 422))
    def copy_articles(
        name: Annotated[str, Path(description="The collection to copy into.")],
        body: CopyArticlesBody,
        workspace: Chosen,
        collections: Visible,
    ) -> IngestReport:
        """Copy articles of the collection that the request is for into another one."""
        target = collections.open(name)
        return target.ingest([workspace.store.articles.get(each).article for each in body.article_ids])

    @router.delete("/{name}", responses=problems(403, 404, 422))
    def remove_collection(
        name: Annotated[str, Path(description="The collection's name.")], collections: Visible
    ) -> CollectionView:
        """Remove a collection with all its articles, answers and conversations; the default one stays."""
        collections.all().remove(name)
        return CollectionView(name=name, default=False)

    return router
