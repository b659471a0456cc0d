"""The console below a path of a host that it shares, behind a proxy that passes paths on unchanged."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import machine
from tests.bench.relay import relay
from tests.browser.server import PASSWORD, console_prepared, console_serving, port_free, wait
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sandbox")]  # a whole console is started
BASE = "/tools/console"
NGINX = """
error_log {folder}/nginx.log; pid {folder}/nginx.pid; daemon off;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location {base}/ {{
      proxy_pass http://127.0.0.1:{console};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
    location / {{ return 418; }}
  }}
}}
"""
# Every address in a page that a browser or htmx would follow.
LINK = re.compile(r'(?:href|src|action|hx-get|hx-post|hx-push-url)="(/[^"]*)"')


@contextmanager
def proxy(console_port: int, folder: Path) -> Iterator[str]:
    """nginx with another site beside the console; on a machine without nginx a relay that shows the console alone."""
    program = machine.nginx()
    if not program:
        with relay(console_port) as running:
            yield f"http://127.0.0.1:{running.port}"
        return
    port = port_free()
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, base=BASE, console=console_port))
    command = [program, "-p", str(folder), "-c", str(configuration), "-e", str(folder / "nginx.log")]
    process = subprocess.Popen(command)
    try:
        wait(f"http://127.0.0.1:{port}/", process, folder / "nginx.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def site(sandbox_running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("base-path")
    environment = console_prepared(
        api_url=sandbox_running.url, folder=folder, BASE_PATH=BASE, COOKIE_SUFFIX="tools", PROXY_COUNT="1"
    )
    with ExitStack() as running:
        running.enter_context(console_serving(environment, folder=folder))
        port = int(environment["BIND"].rpartition(":")[2])
        yield running.enter_context(proxy(port, folder))


@pytest.fixture(scope="module")
def person(site: str) -> Iterator[requests.Session]:
    """Signed in and connected by the forms, as a browser would."""
    with requests.Session() as session:
        session.trust_env = False
        start = session.get(f"{site}{BASE}/")
        assert start.url == f"{site}{BASE}/sign-in/?next={BASE}/"
        submit(session, start, username="maintainer", password=PASSWORD)
        connect = session.get(f"{site}{BASE}/")
        submit(session, connect, project_id=PROJECT, api_key=KEY)
        yield session


def submit(session: requests.Session, page: requests.Response, **fields: str) -> None:
    """Send the page's own form, to the address that it names."""
    form = re.search(r'<form class="form body" method="post" action="([^"]+)"', page.text)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert form, page.text
    assert token, page.text
    site = page.url.partition(BASE)[0]
    answer = session.post(site + form[1], data=fields | {"csrfmiddlewaretoken": token[1]})
    assert answer.status_code == 200, answer.text


PAGES = [
    f"/projects/{PROJECT}/models/",
    f"/projects/{PROJECT}/models/{EXAMPLE_ID}/",
    f"/projects/{PROJECT}/models/{EXAMPLE_ID}/delete/",
    f"/projects/{PROJECT}/models/charts/",
    f"/projects/{PROJECT}/activity/",
    "/account/",
    "/connect/",
    "/nowhere/",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_address_in_a_page_is_below_the_path(person: requests.Session, site: str, path: str) -> None:
    page = person.get(f"{site}{BASE}{path}")
    links = LINK.findall(page.text)
    assert page.status_code == (404 if path == "/nowhere/" else 200)
    assert len(links) > 5
    assert [link for link in links if not link.startswith(f"{BASE}/")] == []


def test_static_files_are_served_below_the_path(person: requests.Session, site: str) -> None:
    page = person.get(f"{site}{BASE}/projects/{PROJECT}/models/")
    files = set(re.findall(rf'(?:href|src)="({BASE}/static/[^"#]+)', page.text))
    assert {path.rpartition(".")[2] for path in files} >= {"css", "js", "svg"}
    for path in files:
        answer = person.get(site + path)
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["Cache-Control"], path
    assert person.get(f"{site}{BASE}/favicon.ico").headers["Content-Type"] == "image/svg+xml"


def test_every_cookie_is_below_the_path(person: requests.Session) -> None:
    found = {cookie.name: cookie.path for cookie in person.cookies}
    assert {"sessionid_tools", "csrftoken_tools", "vault_secret_tools"} <= found.keys()
    assert set(found.values()) == {BASE}


def test_old_addresses_lead_to_the_project_below_the_path(person: requests.Session, site: str) -> None:
    answer = person.get(f"{site}{BASE}/models/{EXAMPLE_ID}/?tab=x", allow_redirects=False)
    target = f"{BASE}/projects/{PROJECT}/models/{EXAMPLE_ID}/?tab=x"
    assert (answer.status_code, answer.headers["Location"]) == (308, target)


def test_a_change_is_sent_from_below_the_path(person: requests.Session, site: str) -> None:
    address = f"{site}{BASE}/projects/{PROJECT}/models/{EXAMPLE_ID}/fields/description/"
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', person.get(address).text)
    fields = {name: unescape(value) for name, value in hidden}
    answer = person.post(address, data=fields | {"value": "set below a path"})
    assert answer.url == f"{site}{BASE}/projects/{PROJECT}/models/{EXAMPLE_ID}/"
    assert "set below a path" in answer.text


def test_monitoring_finds_the_health_checks_below_the_path(site: str) -> None:
    assert requests.get(f"{site}{BASE}/healthz", timeout=10).text == "alive\n"
    assert requests.get(f"{site}{BASE}/readyz", timeout=10).text == "ready\n"
