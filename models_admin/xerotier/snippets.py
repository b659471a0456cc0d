"""The same request as curl and as Python, to be pasted elsewhere.

The key is never in them: both read it from the environment variable XEROTIER_API_KEY. Every value is
quoted for the language it stands in, so that a hostile one stays a value.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

Verb = Literal["GET", "PATCH", "POST", "DELETE"]
KEY_VARIABLE = "XEROTIER_API_KEY"


@dataclass(frozen=True, slots=True)
class Snippets:
    curl: str
    python: str


def model_url(api_url: str, *, project: str, model_id: str, tail: str = "") -> str:
    """Where a model lives ("Get Model Details"); `tail` is "/revalidate" or "/catalog-info"."""
    base = f"{api_url.rstrip('/')}/{quote(project, safe='')}/v1/models/{quote(model_id, safe='')}"
    return base + tail


def inference_url(api_url: str, *, project: str, slug: str) -> str:
    """Where an endpoint is used: its slug is part of the address."""
    return f"{api_url.rstrip('/')}/{quote(project, safe='')}/{quote(slug, safe='')}/v1"


def uploads_url(api_url: str, *, project: str) -> str:
    return f"{api_url.rstrip('/')}/{quote(project, safe='')}/v1/uploads"


def upload_url(api_url: str, *, project: str, upload_id: str) -> str:
    return f"{uploads_url(api_url, project=project)}/{quote(upload_id, safe='')}"


def promote_url(url: str, version: str) -> str:
    """Where a version of the model at `url` is made the latest."""
    return f"{url}/versions/{quote(version, safe='')}/promote"


def snippets(
    verb: Verb,
    url: str,
    *,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Snippets:
    """One request, written twice. `query` and `body` may hold anything that JSON can."""
    return Snippets(curl=_curl(verb, url, query, body), python=_python(verb, url, query, body))


def _curl(verb: Verb, url: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None) -> str:
    if query:
        url += "?" + "&".join(f"{quote(key, safe='')}={quote(text, safe='')}" for key, text in query.items())
    method = "" if verb == "GET" else f"-X {verb} "
    # Double quotes here and only here: the shell is to put the key in.
    lines = [f"curl {method}{shlex.quote(url)}", f'-H "Authorization: Bearer ${KEY_VARIABLE}"']
    if body is not None:
        # JSON in ASCII has no character that a terminal would act on; it begins with {, never with @.
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(dict(body)))}"]
    return " \\\n  ".join(lines)


def _python(verb: Verb, url: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None) -> str:
    # ascii() writes every value as a Python literal without line breaks or invisible characters.
    lines = [
        f"response = requests.{verb.lower()}(",
        f"    {url!a},",
        f'    headers={{"Authorization": f"Bearer {{os.environ[{KEY_VARIABLE!a}]}}"}},',
    ]
    if query:
        lines.append(f"    params={dict(query)!a},")
    if body is not None:
        lines.append(f"    json={dict(body)!a},")
    head = ["import os", "", "import requests", ""]
    return "\n".join(
        [*head, *lines, "    timeout=20,", ")", "response.raise_for_status()", "print(response.json())"]
    )
