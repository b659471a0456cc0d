"""The same request as curl and as Python, run as a shell and as Python would read it."""

from __future__ import annotations

import ast
import json
import shlex

import pytest

from models_admin.xerotier.snippets import model_url, snippets

HOSTILE = [
    "plain",
    "it's",
    '"; rm -rf ~; echo "',
    "$(touch /tmp/owned)",
    "`id`",
    "a\nb\r\nc",
    "\\' + __import__('os').system('id') + '",
    "{os.environ['XEROTIER_API_KEY']}",
    "\u202eevil\u0000",
    "!history",
    "🚀",
]
URL = model_url("https://api.xerotier.ai/", project="proj_ABC123", model_id="m-1")


def test_the_address_is_the_documents() -> None:
    assert URL == "https://api.xerotier.ai/proj_ABC123/v1/models/m-1"
    assert model_url("https://a.b", project="p", model_id="m", tail="/revalidate").endswith("/m/revalidate")


def test_a_read_is_written_in_both_languages_with_the_key_from_the_environment() -> None:
    written = snippets("GET", URL, query={"extended": "true"})
    assert written.curl == (
        f"curl '{URL}?extended=true' \\\n  -H \"Authorization: Bearer $XEROTIER_API_KEY\""
    )
    assert "requests.get(" in written.python
    assert "os.environ['XEROTIER_API_KEY']" in written.python
    assert "params={'extended': 'true'}" in written.python


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_one_value_for_the_shell(value: str) -> None:
    words = shlex.split(snippets("PATCH", URL, body={"description": value}).curl.replace("\\\n", ""))
    assert words[:4] == ["curl", "-X", "PATCH", URL]
    assert words.count("-H") == 2
    assert json.loads(words[words.index("-d") + 1]) == {"description": value}
    assert len(words) == 10


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_one_value_for_python(value: str) -> None:
    tree = ast.parse(snippets("PATCH", URL, body={"description": value, "context_length": None}).python)
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.keywords)
    body = next(keyword.value for keyword in call.keywords if keyword.arg == "json")
    assert ast.literal_eval(body) == {"description": value, "context_length": None}
    assert ast.literal_eval(call.args[0]) == URL
    assert len(tree.body) == 5


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_id_is_quoted_in_the_address(value: str) -> None:
    url = model_url("https://api.xerotier.ai", project="p", model_id=value)
    words = shlex.split(snippets("DELETE", url).curl.replace("\\\n", ""))
    assert words[3] == url
    assert not set(url) & set(" '\"$`\\\n\r{}!\u202e")


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_invisible_is_left_in_the_text(value: str) -> None:
    written = snippets("PATCH", URL, body={"description": value})
    assert all(
        text.replace("\n", "").isprintable() and text.isascii() for text in (written.curl, written.python)
    )
