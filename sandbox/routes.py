"""The routes of the sandbox API: which path and method is which operation."""

from typing import NamedTuple

from .wire import Request

ROUTES = {
    "": {"GET": "list"},
    "model": {"GET": "get", "PATCH": "update", "DELETE": "delete"},
    "revalidate": {"POST": "revalidate"},
    "catalog-info": {"GET": "catalog"},
    "share": {"POST": "share"},
    "unshare": {"POST": "unshare"},
    "versions": {"GET": "versions", "POST": "version_add"},
    "promote": {"POST": "promote"},
}
WRONG_METHOD = "wrong_method"
OPTIONAL = {"share": "sharing", "unshare": "sharing", "versions": "versions", "promote": "versions"}
ENDPOINTS = {"GET": "endpoints"}
UPLOADS = (
    {"GET": "uploads"},
    {"GET": "upload", "DELETE": "upload_delete"},
    {"POST": "upload_cancel"},
)  # by the number of segments after `/uploads`


class Route(NamedTuple):
    """The route of a request. `name` is None if the method is not allowed; `allowed` lists the methods that are.

    `part` is the setting that has the route, "" for the documented ones. `version` is that of a promotion.
    """

    name: str | None
    project: str
    model_id: str
    allowed: tuple[str, ...]
    part: str = ""
    version: str = ""
    upload_id: str = ""

    @property
    def label(self) -> str:
        """What recorded requests and faults call it."""
        return self.name or WRONG_METHOD


def route_of(request: Request) -> Route | None:
    """`/{project}/v1/models…` as in `ROUTES`, `…/v1/endpoints` or `…/v1/uploads…`; None for any other path."""
    parts = request.segments
    if parts[1:3] == ["v1", "uploads"] and "" not in parts:
        return _upload_route(request, parts[0], parts[3:])
    if len(parts) == 3 and parts[1:] == ["v1", "endpoints"] and parts[0]:
        return Route(ENDPOINTS.get(request.method), parts[0], "", tuple(ENDPOINTS), "endpoints")
    if not 3 <= len(parts) <= 7 or parts[1:3] != ["v1", "models"] or "" in parts:
        return None
    tail = _tail(parts)
    methods = ROUTES.get(tail)
    if methods is None:
        return None
    return Route(
        methods.get(request.method),
        parts[0],
        parts[3] if len(parts) > 3 else "",
        tuple(methods),
        OPTIONAL.get(tail, ""),
        parts[5] if tail == "promote" else "",
    )


def _upload_route(request: Request, project: str, tail: list[str]) -> Route | None:
    if len(tail) >= len(UPLOADS) or tail[1:] not in ([], ["cancel"]):
        return None
    methods = UPLOADS[len(tail)]
    name = methods.get(request.method)
    return Route(name, project, "", tuple(methods), "uploads", upload_id=tail[0] if tail else "")


def _tail(parts: list[str]) -> str:
    """The key of `ROUTES` for the segments of a path below `/models`; "?" if there is none."""
    match parts[3:]:
        case []:
            return ""
        case [_]:
            return "model"
        case [_, ("revalidate" | "catalog-info" | "share" | "unshare" | "versions") as tail]:
            return tail
        case [_, "versions", _, "promote"]:
            return "promote"
    return "?"
