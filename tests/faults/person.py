"""A person at a console that runs as a process of its own, over HTTP."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import requests

from tests.browser.server import PASSWORD
from tests.pages import Page
from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT

PROJECT_PATH = f"/projects/{PROJECT}/"
PAGE = f"{PROJECT_PATH}models/{EXAMPLE_ID}/"
FORM = {"edit": f"{PAGE}fields/description/", "revalidate": PAGE, "delete": f"{PAGE}delete/", "undo": PAGE}


class Person:
    """Signed in and connected. `url` may change: cookies of 127.0.0.1 are for every port."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.post("/sign-in/", {"username": name, "password": PASSWORD})
        assert "/connect/" in self.get("/").url
        assert self.post("/connect/", {"project_id": PROJECT, "api_key": KEY}).status_code == 200

    def get(self, path: str) -> requests.Response:
        return self.browser.get(self.url + path, timeout=30)

    def post(self, path: str, data: dict[str, str]) -> requests.Response:
        """As a form of a page does it, following where it leads."""
        if "csrftoken" not in self.browser.cookies:
            self.get("/sign-in/")
        token = self.browser.cookies["csrftoken"]
        return self.browser.post(self.url + path, {**data, "csrfmiddlewaretoken": token}, timeout=60)

    def page(self, path: str) -> Page:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return Page(answer.text)

    def form_of(self, kind: str, **typed: str) -> tuple[str, dict[str, str]]:
        """Address and hidden fields of the form that does this, opened again."""
        page = self.get(FORM[kind]).text
        for form in re.findall(r"<form\b.*?</form>", page, re.S):
            address = re.search(r'action="([^"]+)"', form)
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
            if address and "token" in hidden and _is(kind)(address.group(1)):
                hidden.pop("csrfmiddlewaretoken", None)
                return address.group(1), {n: html.unescape(v) for n, v in hidden.items()} | typed
        raise AssertionError(f"no form to {kind}: {page}")

    def job_start(self, field: str, value: str) -> str:
        """The address of a new job that sets a field of all models."""
        form = {"all": "1", "action": "set", "field": field, "value": value}
        shown = self.post(f"{PROJECT_PATH}models/selection/", form)
        number = re.search(r'name="job" value="(\d+)"', shown.text)
        assert number, Page(shown.text).text
        started = self.post(f"{PROJECT_PATH}jobs/", {"job": number[1]})
        url = f"{PROJECT_PATH}jobs/{number[1]}/"
        assert started.url.endswith(url)
        return url


def _is(kind: str) -> Callable[[str], bool]:
    ends = {
        "edit": "/fields/description/",
        "revalidate": "/revalidate/",
        "delete": "/delete/",
        "undo": "/undo/",
    }
    return lambda address: address.endswith(ends[kind])
