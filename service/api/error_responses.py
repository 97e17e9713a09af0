"""OpenAPI error responses: describes the error status codes of a route."""

from typing import Any

from service.api.problem_details import PROBLEM_JSON, Problem

DESCRIPTIONS = {
    403: "The key is limited to some of the collections.",
    404: "Nothing has that name.",
    409: "Another collection has that name.",
    413: "The body is too large.",
    415: "The body is of another kind than this route reads.",
    422: "The request cannot be used as it is.",
    503: "A model is missing, altered or has stopped; or the database of the ledger does not answer.",
    504: "The model took too long.",
}
NOT_FOUND_EXAMPLE = {
    "type": "about:blank",
    "title": "NotFound",
    "status": 404,
    "detail": "no article 'nothing'; `footnote articles list` names them all",
}


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of these status codes, each with a problem body (RFC 9457)."""
    return {code: _described(code) for code in codes}


def _described(code: int) -> dict[str, Any]:
    body: dict[str, Any] = {"schema": Problem.model_json_schema()}
    if code == 404:
        body["example"] = NOT_FOUND_EXAMPLE
    return {"description": DESCRIPTIONS[code], "content": {PROBLEM_JSON: body}}
