"""What the optional operations beside the six have in common: one request, and the JSON object of its answer."""

import json
from collections.abc import Mapping
from typing import Any

from models_admin.xerotier import errors
from models_admin.xerotier.responses import data_of, request_id_of
from models_admin.xerotier.secret import Secret
from models_admin.xerotier.transport import ApiRequest, ApiResponse


class OptionalCalls:
    """The base of the groups of optional operations that `Client` inherits."""

    def _call(self, request: ApiRequest, key: Secret) -> ApiResponse:
        """Send once; a GET whose connection broke twice. Raises ApiError for any status but 2xx."""
        raise NotImplementedError

    def _post(
        self, path: str, key: Secret, body: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], str | None]:
        """The JSON object of the answer, {} for one without content, and its request ID."""
        answer = self._call(ApiRequest("POST", path, json_body(body) if body else None), key)
        data = {} if answer.status == 204 else data_of(answer)
        return data, request_id_of(answer)


def json_body(body: Mapping[str, Any]) -> bytes:
    """The body of a request. Raises InvalidRequest for text that can't be encoded as UTF-8."""
    try:
        return json.dumps(dict(body), ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise errors.InvalidRequest("The text has characters that can't be sent.") from None
