"""The Model Management API: six operations and the optional ones beside them, each of them one method.

One client serves a whole process and everyone who uses it: it is thread-safe and keeps nothing of a call. The project
and the key are passed with each call. Every failure is an ApiError (see `errors.py` for the tree).

Source: "Model Management" of the API's documentation; both dialects of the list are read.
"""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic
from typing import Any, NamedTuple

from models_admin.xerotier import errors, ids, parsing
from models_admin.xerotier.budget import Budget, Budgets
from models_admin.xerotier.deadline import Deadline
from models_admin.xerotier.endpoints import EndpointList, endpoints_from_json
from models_admin.xerotier.errors import Outcome
from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.limits import CALL_DEADLINE, PAGE_SIZE, PAGES_AT_ONCE
from models_admin.xerotier.measuring import CallMeter, measured
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.observed import Observations, Observed
from models_admin.xerotier.optional import json_body
from models_admin.xerotier.paging import Page, dialect_of, page_of, read_all
from models_admin.xerotier.paths import model_path, project_path
from models_admin.xerotier.publishing import PublishingCalls
from models_admin.xerotier.responses import data_of, error_of, rate_limit_of, request_id_of
from models_admin.xerotier.schemas import CatalogInfo, Deletion, Model, RateLimit, Revalidation
from models_admin.xerotier.secret import Secret
from models_admin.xerotier.transport import ApiRequest, ApiResponse, Transport
from models_admin.xerotier.uploads import UploadCalls

Changes = Mapping[str, "str | int | None"]


class _Reply(NamedTuple):
    """A 2xx answer: its JSON object and what its headers say."""

    data: dict[str, Any]
    rate: RateLimit
    request_id: str | None


class Client(PublishingCalls, UploadCalls):
    """The API at `api_url`, without project or `/v1` (`ids.address` raises ValueError for an invalid one).

    At most `max_calls` operations run at once, further ones raise Busy (None: no limit); `pool_size` connections are
    kept open. `meter` measures every HTTP request.
    """

    def __init__(
        self,
        api_url: str,
        *,
        max_calls: int | None = None,
        pool_size: int = 64,
        meter: CallMeter | None = None,
    ) -> None:
        self._transport = Transport(ids.address(api_url), pool_size=pool_size)
        self._slots = threading.BoundedSemaphore(max_calls) if max_calls else None
        self._pages = ThreadPoolExecutor(PAGES_AT_ONCE, thread_name_prefix="xerotier-page")
        self._budgets = Budgets()
        self._observations = Observations()
        self._meter = meter

    def close(self) -> None:
        """Close connections and threads. The client can't be used afterwards."""
        self._pages.shutdown(wait=False, cancel_futures=True)
        self._transport.close()

    def budget(self, *, key: Secret) -> Budget | None:
        """What is left of the key's rate limit, as far as this client has learned it; None if the API has not said."""
        return self._budgets.of(key)

    def observed(self, *, key: Secret) -> Observed:
        """What the answers to this key's calls have shown of the API, as far as this client has seen it."""
        return self._observations.of(key)

    def list_models(self, *, project: str, key: Secret) -> ModelList:
        """Every model of the project ("List Project Models"), all pages, within one deadline.

        If the first page fails, so does the call. If a later one fails, the list has what came before it, `complete`
        is False and `note` says why.
        """
        path = project_path(project, key, "models")
        with self._slot():
            ends = monotonic() + CALL_DEADLINE

            def fetch(offset: int) -> Page:
                query = f"?extended=true&limit={PAGE_SIZE}&offset={offset}"
                reply = self._request(ApiRequest("GET", path + query), key, ends)
                return self._page(reply, key)

            found = read_all(fetch(0), fetch, self._pages)
        self._observations.models(key, fields=found.unknown_keys, statuses=found.column("status"))
        return found

    def check(self, *, project: str, key: Secret) -> None:
        """Check with one cheap call that this key can list this project's models. Raises ApiError if not."""
        path = project_path(project, key, "models")
        reply = _read(self._call(ApiRequest("GET", f"{path}?extended=true&limit=1&offset=0"), key))
        self._page(reply, key)

    def get_model(self, *, project: str, key: Secret, model_id: str) -> Model:
        """One model with its extended fields ("Get Model Details")."""
        path = model_path(model_id, project, key)
        reply = _read(self._call(ApiRequest("GET", f"{path}?extended=true"), key))
        model = _model(reply, model_id)
        self._observations.models(key, fields=model.other, statuses=[model.status])
        return model

    def update_model(self, *, project: str, key: Secret, model_id: str, changes: Changes) -> Model:
        """Set the given fields and no others ("Update Model Metadata"); None asks the API to clear one.

        Returns the model as the API has it now, which need not be what was sent: compare. After an answer without a
        model (202, 204) it is read again; if that fails, the error's outcome is UNKNOWN.
        """
        path, body = model_path(model_id, project, key), _body(changes)
        with self._slot():
            ends = monotonic() + CALL_DEADLINE
            answer = self._answer(ApiRequest("PATCH", path, body), key, ends)
            if answer.status not in (202, 204):
                return _model(_read(answer), model_id)
            try:
                return _model(self._request(ApiRequest("GET", f"{path}?extended=true"), key, ends), model_id)
            except errors.ApiError as error:
                error.outcome = Outcome.UNKNOWN
                raise

    def delete_model(self, *, project: str, key: Secret, model_id: str) -> Deletion:
        """Delete permanently, with its endpoints, workers and routing rules ("Delete Model").

        `deleted` is True only if the answer says so about this very ID. An API that answers 202, or with the status
        `deleting`, has accepted the deletion and not finished it: read the model again. Any other answer raises
        BadAnswer, outcome UNKNOWN.
        """
        path = model_path(model_id, project, key)
        answer = self._call(ApiRequest("DELETE", path), key)
        if answer.status == 202 and not answer.body.strip():
            return Deletion(deleted=False, model_id=model_id, request_id=request_id_of(answer))
        reply = _read(answer)
        accepted = answer.status == 202
        return parsing.deletion_from_json(
            reply.data, model_id=model_id, accepted=accepted, request_id=reply.request_id
        )

    def revalidate_model(self, *, project: str, key: Secret, model_id: str) -> Revalidation:
        """Queue a new validation ("Revalidate Model"), from `ready` or `error` only. Poll the status afterwards."""
        path = model_path(model_id, project, key)
        reply = _read(self._call(ApiRequest("POST", f"{path}/revalidate"), key))
        return parsing.revalidation_from_json(reply.data, model_id=model_id, request_id=reply.request_id)

    def get_catalog_info(self, *, project: str, key: Secret, model_id: str) -> CatalogInfo | None:
        """The model's entry in the public catalog ("Get Catalog Info"); None if it isn't in it."""
        path = model_path(model_id, project, key)
        try:
            reply = _read(self._call(ApiRequest("GET", f"{path}/catalog-info"), key))
        except errors.NotFound as error:
            # A proxy's page, or an empty body, says nothing about the catalog.
            if error.code == "project_not_found" or not error.is_json:
                raise
            return None
        return parsing.catalog_from_json(reply.data, model_id=model_id, request_id=reply.request_id)

    def list_endpoints(self, *, project: str, key: Secret) -> EndpointList:
        """The project's active endpoints, where the API has this optional route ("Endpoints" of its neighbours).

        An API without it answers 404 or 405, a key without the right 403: NotFound, Refused, Denied.
        """
        answer = self._call(ApiRequest("GET", project_path(project, key, "endpoints")), key)
        return endpoints_from_json(data_of(answer, bare_list=True), request_id=request_id_of(answer))

    @contextmanager
    def _slot(self) -> Iterator[None]:
        """One of the `max_calls`. Never waits, so that a slow API can't occupy all threads of the console."""
        if self._slots is None:
            yield
        elif self._slots.acquire(blocking=False):
            try:
                yield
            finally:
                self._slots.release()
        else:
            raise errors.Busy("The console has too many API requests in progress.")

    def _page(self, reply: _Reply, key: Secret) -> Page:
        page = page_of(reply.data, rate=reply.rate, request_id=reply.request_id)
        self._observations.models(key, fields=(), statuses=(), dialect=dialect_of(reply.data))
        return page

    def _call(self, request: ApiRequest, key: Secret) -> ApiResponse:
        with self._slot():
            return self._answer(request, key)

    def _request(self, request: ApiRequest, key: Secret, ends: float) -> _Reply:
        return _read(self._answer(request, key, ends))

    def _answer(self, request: ApiRequest, key: Secret, ends: float | None = None) -> ApiResponse:
        """Send. A GET whose connection broke is sent once more, nothing else is. Raises for any status but 2xx."""
        ends = monotonic() + CALL_DEADLINE if ends is None else ends
        answer = self._send(request, key, ends)
        if isinstance(answer, errors.ConnectionBroken) and request.method == "GET":
            answer = self._send(request, key, ends)
        if isinstance(answer, errors.ApiError):
            raise answer
        return answer

    def _send(self, request: ApiRequest, key: Secret, ends: float) -> ApiResponse | errors.ApiError:
        """Send once, and note it. Returns the error for any status but 2xx."""
        if self._meter:
            self._meter.begun()
        began = monotonic()
        answer = self._transport.send(request, key=key, deadline=Deadline(ends))
        seconds = monotonic() - began
        self._observations.call(
            key, method=request.method, path=request.path, seconds=seconds, status=answer.status
        )
        if isinstance(answer, ApiResponse):
            self._budgets.learn(key, rate_limit_of(answer))
        checked = _checked(answer, request, key)
        if self._meter:
            measured(self._meter, request, answer, checked, seconds)
        return checked


def _checked(
    answer: ApiResponse | errors.ApiError, request: ApiRequest, key: Secret
) -> ApiResponse | errors.ApiError:
    """The answer, or its error if the status is not 2xx."""
    error = error_of(answer, key) if isinstance(answer, ApiResponse) else None
    if isinstance(error, errors.TooLarge):
        error.request_size = len(request.body or b"")
    return error or answer


def _read(answer: ApiResponse) -> _Reply:
    return _Reply(data_of(answer), rate_limit_of(answer), request_id_of(answer))


def _body(changes: Changes) -> bytes:
    """The PATCH body. Raises InvalidRequest for no field, an unknown one, or a value of another type."""
    if not changes:
        raise errors.InvalidRequest("There is nothing to change.")
    for name, value in changes.items():
        if name not in BY_NAME:
            raise errors.InvalidRequest("This field can't be changed.", param=str(name)[:100])
        if value is not None and type(value) not in (str, int):
            raise errors.InvalidRequest("A value must be text, a whole number or null.", param=name)
    return json_body(changes)


def _model(reply: _Reply, model_id: str) -> Model:
    model = parsing.model_from_json(reply.data, request_id=reply.request_id)
    parsing.same_model(model.id, model_id, reply.request_id)
    return model
