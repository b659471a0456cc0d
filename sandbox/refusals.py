"""Every error that the sandbox API answers with, with the real API's status, code and type."""

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    411: "invalid_request_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}


class Refusal(Exception):
    """A request that is refused.

    `type` follows from the status unless the API is known to send a different one. `headers` and `extra`
    (more members of the `error` object) are added to the response.
    """

    def __init__(
        self,
        status: int,
        code: str | None,
        message: str,
        *,
        param: str | None = None,
        type: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        extra: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.type = type or TYPES.get(status, "server_error" if status >= 500 else "api_error")
        self.headers = headers
        self.extra = extra or {}


def key_refused(message: str) -> Refusal:
    return Refusal(401, "invalid_api_key", message, headers=(("WWW-Authenticate", "Bearer"),))


def scope_missing() -> Refusal:
    message = "This API key does not have the 'models' scope. Enable Model Management in the dashboard."
    return Refusal(403, "scope_insufficient", message, type="authentication_error")


def other_project(project: str) -> Refusal:
    return Refusal(403, "cross_project_access", f"This API key does not belong to project '{project}'.")


def project_unknown(project: str) -> Refusal:
    return Refusal(404, "project_not_found", f"Project '{project}' was not found.")


def no_route() -> Refusal:
    return Refusal(404, "not_found", "No such route.")


def model_unknown(model_id: str) -> Refusal:
    return Refusal(404, "model_not_found", f"Model '{model_id}' was not found in this project.")


def not_in_catalog(model_id: str) -> Refusal:
    return Refusal(404, "catalog_entry_not_found", f"Model '{model_id}' is not in the catalog.")


def invalid(param: str | None, message: str) -> Refusal:
    return Refusal(400, "invalid_request", message, param=param)


def rate_limited(seconds: int) -> Refusal:
    strategy = {
        "type": "exponential_backoff",
        "initial_delay_ms": seconds * 1000,
        "max_delay_ms": 60_000,
        "multiplier": 2,
        "jitter": True,
    }
    return Refusal(
        429,
        "rate_limit_exceeded",
        f"Rate limit reached. Try again in {seconds} seconds.",
        headers=(("Retry-After", str(seconds)),),
        extra={"retry_after": seconds, "retry_strategy": strategy},
    )
