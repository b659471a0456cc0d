"""The six documented routes, the optional ones, and what all responses share.

Shared are the error format, request ID, rate limit and dialect.
"""

import itertools
import json
from collections.abc import Callable
from typing import Any, NoReturn

from . import sharing, uploads, versions
from .refusals import Refusal, invalid, key_refused, no_route, scope_missing
from .routes import Route
from .shapes import encoded
from .store import Endpoint, Project, Quota, Store
from .wire import JSON, Answer, Request


class Api:
    """Answers requests from a store. Knows nothing of sockets, so faults can be applied in between."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.counter = itertools.count(1)
        self.handlers: dict[str, Callable[[Project, Route, Request], bytes]] = {
            "list": self._list,
            "get": self._get,
            "update": self._update,
            "delete": self._delete,
            "revalidate": self._revalidate,
            "catalog": self._catalog,
            "endpoints": self._endpoints,
            "share": self._share,
            "unshare": self._share,
            "versions": self._versions,
            "version_add": self._version_add,
            "promote": self._promote,
            "uploads": self._uploads,
            "upload": self._upload,
            "upload_cancel": self._upload_cancel,
            "upload_delete": self._upload_cancel,
        }

    def request_id(self) -> str:
        return f"req_{next(self.counter):016x}"

    def answer(self, request: Request, route: Route | None, request_id: str) -> Answer:
        """Performs the request. Never raises a Refusal: it becomes an error response."""
        headers = [("X-Request-ID", request_id)]
        try:
            if route is None:
                raise no_route()
            if route.name is None:
                if self._is_off(route) or self.store.settings.wrong_method == 404:
                    raise no_route()
                allow = (("Allow", ", ".join(route.allowed)),)
                raise Refusal(
                    405, "method_not_allowed", f"{request.method} is not allowed here.", headers=allow
                )
            token = _token(request)
            project = self.store.authorize(route.project, token)
            headers += _quota_headers(self._quota(token))
            if self._is_off(route):
                raise no_route()
            body = self.handlers[route.name](project, route, request)
            return Answer(200 if body else 204, body, headers)
        except Refusal as refusal:
            return refused(refusal, headers, self.store.settings.envelope)

    def _is_off(self, route: Route) -> bool:
        return bool(route.part) and getattr(self.store.settings, route.part) == "off"

    def _quota(self, token: str) -> Quota:
        try:
            return self.store.quota(token)
        except Refusal as refusal:
            limit = self.store.settings.rate_limit
            quota = Quota(limit, 0, int(dict(refusal.headers)["Retry-After"]))
            refusal.headers += tuple(_quota_headers(quota))
            raise

    def _list(self, project: Project, route: Route, request: Request) -> bytes:
        with self.store.lock:
            records = self.store.models(project)
            if self.store.settings.dialect == "document":
                return b'{"models": [' + b", ".join(encoded(item, "listed") for item in records) + b"]}"
            limit, offset = self._page(request)
            page = records[offset : offset + limit]
            shape = self._shape(request)
            items = b", ".join(encoded(item, shape) for item in page)
        counters = self._counters(len(records), limit, offset, len(page))
        return b'{"object": "list", "data": [' + items + b"]" + counters + b"}"

    def _page(self, request: Request) -> tuple[int, int]:
        ceiling = self.store.settings.page_ceiling
        limit = min(_number(request, "limit", ceiling, least=1), ceiling)
        offset = _number(request, "offset", 0, least=0)
        return limit, 0 if self.store.settings.ignore_offset else offset

    def _counters(self, total: int, limit: int, offset: int, count: int) -> bytes:
        more = offset + count < total
        named: dict[str, dict[str, Any]] = {
            "total": {"total": total, "limit": limit, "offset": offset, "has_more": more},
            "total_count": {
                "total_count": total,
                "count": count,
                "next_offset": offset + count if more else None,
            },
            "nested": {"pagination": {"total": total, "limit": limit, "offset": offset}},
            "none": {},
        }
        counters = named[self.store.settings.counters]
        return b", " + json.dumps(counters).encode()[1:-1] if counters else b""

    def _shape(self, request: Request) -> str:
        if request.query.get("extended", "").lower() not in ("true", "1"):
            return "standard"
        return self._whole_shape()

    def _whole_shape(self) -> str:
        if self.store.settings.key_case == "camel":
            return "camel"
        return "extended_all" if self.store.settings.writeonly_readable else "extended"

    def _get(self, project: Project, route: Route, request: Request) -> bytes:
        with self.store.lock:
            return encoded(self.store.model(project, route.model_id), self._shape(request))

    def _update(self, project: Project, route: Route, request: Request) -> bytes:
        body = _json_object(request.body)
        with self.store.lock:
            return encoded(self.store.update(project, route.model_id, body), self._whole_shape())

    def _delete(self, project: Project, route: Route, request: Request) -> bytes:
        self.store.delete(project, route.model_id)
        return _dumps({"deleted": True, "modelId": route.model_id})

    def _revalidate(self, project: Project, route: Route, request: Request) -> bytes:
        record = self.store.revalidate(project, route.model_id)
        return _dumps({"id": record.id, "status": "validating", "message": "Model validation queued"})

    def _catalog(self, project: Project, route: Route, request: Request) -> bytes:
        return _dumps(self.store.catalog(project, route.model_id))

    def _share(self, project: Project, route: Route, request: Request) -> bytes:
        record = sharing.change(self.store, project, route.model_id, shared=route.name == "share")
        settings = self.store.settings
        if settings.sharing_format == "model":
            return encoded(record, self._whole_shape())
        answer = sharing.answer(record, settings.sharing_format)
        return _dumps(answer) if answer else b""

    def _versions(self, project: Project, route: Route, request: Request) -> bytes:
        return _dumps(versions.listed(self.store, project, route.model_id))

    def _version_add(self, project: Project, route: Route, request: Request) -> bytes:
        body = _json_object(request.body)
        return _dumps(versions.add(self.store, project, route.model_id, body))

    def _promote(self, project: Project, route: Route, request: Request) -> bytes:
        return _dumps(versions.promote(self.store, project, route.model_id, route.version))

    def _uploads(self, project: Project, route: Route, request: Request) -> bytes:
        return _dumps(uploads.listed(self.store, project, request.query))

    def _upload(self, project: Project, route: Route, request: Request) -> bytes:
        return _dumps(uploads.read(self.store, project, route.upload_id))

    def _upload_cancel(self, project: Project, route: Route, request: Request) -> bytes:
        answer = uploads.cancel(self.store, project, route.upload_id)
        return _dumps(answer) if answer else b""

    def _endpoints(self, project: Project, route: Route, request: Request) -> bytes:
        """The project's endpoints, if the settings have the route, in the format that they choose."""
        settings = self.store.settings
        if settings.endpoints == "forbidden":
            raise scope_missing()
        entries = [_endpoint(item, settings.endpoints_model) for item in self.store.endpoints(project)]
        return _dumps(
            entries if settings.endpoints_format == "list" else {settings.endpoints_format: entries}
        )


def _endpoint(item: Endpoint, key: str) -> dict[str, Any]:
    """An endpoint as JSON. `key`: how it names its model."""
    model: Any = {"id": item.model.id, "name": item.model.facts["name"]} if key == "object" else item.model.id
    if key == "name":
        model = item.model.facts["name"]
    return {
        "slug": item.slug,
        {"object": "model", "name": "model"}.get(key, key): model,
        "worker_id": item.worker,
        "region": item.region,
        "tier": item.tier,
        "provisioning_state": item.state,
    }


def refused(refusal: Refusal, headers: list[tuple[str, str]], envelope: str = "error") -> Answer:
    """An error response: in the current format, the older plain message, a proxy's HTML page, or empty."""
    sent = headers + list(refusal.headers)
    if envelope == "html":
        page = (
            f"<html><head><title>{refusal.status}</title></head><body><h1>{refusal.status}</h1></body></html>"
        )
        return Answer(refusal.status, page.encode(), sent, "text/html")
    if envelope == "empty":
        return Answer(refusal.status, b"", sent, "text/plain")
    if envelope == "message":
        return Answer(refusal.status, _dumps({"message": refusal.message}), sent)
    error = {
        "message": refusal.message,
        "type": refusal.type,
        "code": refusal.code,
        "param": refusal.param,
    }
    return Answer(refusal.status, _dumps({"error": error | refusal.extra}), sent, JSON)


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not scheme:
        raise key_refused("No API key was sent. Use 'Authorization: Bearer <key>'.")
    if scheme.lower() != "bearer" or not token.strip():
        raise key_refused("The Authorization header must be 'Bearer <key>'.")
    return token.strip()


def _number(request: Request, name: str, default: int, *, least: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    # int() refuses very long digit strings; nineteen digits exceed any list's length.
    number = int(text[:19]) if text.isascii() and text.isdigit() else -1
    if number < least:
        raise invalid(name, f"'{name}' must be an integer of at least {least}.")
    return number


def _json_object(body: bytes) -> dict[str, Any]:
    """Raises Refusal 400 `json_parse_error` or `invalid_body`."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as exc:
        raise Refusal(400, "json_parse_error", "The request body is not valid JSON.") from exc
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_body", "The request body must be a JSON object.")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _quota_headers(quota: Quota) -> list[tuple[str, str]]:
    return [
        ("X-RateLimit-Limit", str(quota.limit)),
        ("X-RateLimit-Remaining", str(quota.remaining)),
        ("X-RateLimit-Reset", str(quota.reset)),
    ]


def _dumps(value: Any) -> bytes:
    return json.dumps(value).encode()
