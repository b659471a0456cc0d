"""Control of a running sandbox over HTTP, for tests in another process. Not part of the API; needs no key.

| request | does |
|---|---|
| `POST /_sandbox/reset` | resets settings, models, faults and recorded requests |
| `GET`, `POST /_sandbox/settings` | returns the settings; changes those in the body |
| `POST /_sandbox/faults` | adds `{"kind", "method", "route", "times", ...}`; `DELETE` removes all, `GET` lists them |
| `GET /_sandbox/requests` | the requests received so far; `DELETE` clears the list |
| `GET /_sandbox/attached?project=&model=` | how many endpoints, workers and routing rules a model has |
| `POST /_sandbox/connections/close` | closes every kept-alive connection |
"""

import json
from dataclasses import asdict
from typing import Any

from .api import refused
from .refusals import Refusal
from .running import Running
from .wire import Answer, Request


def answer(running: Running, request: Request) -> Answer:
    """Handles a control request. Errors are a 400 or 404 in the API's format."""
    try:
        body = json.loads(request.body) if request.body else {}
        if not isinstance(body, dict):
            raise ValueError("the body must be an object")
        result = _handle(running, f"{request.method} {'/'.join(request.segments[1:])}", body, request.query)
    except (ValueError, TypeError, KeyError) as exc:
        return refused(Refusal(400, "invalid_request", str(exc)), [])
    except Refusal as refusal:
        return refused(refusal, [])
    return Answer(200, json.dumps(result).encode())


def _handle(running: Running, operation: str, body: dict[str, Any], query: dict[str, str]) -> Any:
    match operation:
        case "POST reset":
            running.reset()
        case "POST settings":
            running.set(**body)
        case "GET settings":
            return asdict(running.settings)
        case "POST faults":
            return asdict(running.fault(**body))
        case "GET faults":
            return {"faults": [asdict(fault) for fault in running.faults.waiting]}
        case "DELETE faults":
            running.clear_faults()
        case "GET requests":
            return {"requests": [asdict(call) for call in list(running.requests)]}
        case "DELETE requests":
            running.requests.clear()
        case "GET attached":
            return running.store.attached(query["project"], query["model"])
        case "POST connections/close":
            running.close_connections()
        case _:
            raise Refusal(404, "not_found", f"Unknown control request: {operation}.")
    return {"ok": True}
