"""Downloads: responses that a browser saves as a file, and their description."""

from fastapi import Response

from service.rendering.export import Exported

BINARY = {"type": "string", "format": "binary"}
EXPORT_MEDIA_TYPES = {
    "text/markdown": BINARY,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": BINARY,
    "application/vnd.citationstyles.csl+json": {"type": "array", "items": {"type": "object"}},
    "application/json": {"type": "object"},
}
EXPORTED_FILE: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The file.",
        "content": {kind: {"schema": schema} for kind, schema in EXPORT_MEDIA_TYPES.items()},
    }
}


def download(file: Exported, name: str) -> Response:
    """Return an exported file as an attachment."""
    headers = {"Content-Disposition": f'attachment; filename="footnote-{name}.{file.suffix}"'}
    return Response(file.content, media_type=file.media_type, headers=headers)
