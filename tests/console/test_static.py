"""Static files: what the pages name is there, and nothing of other packages beside it."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

from console.staticfiles import static_headers

HOME = Path(__file__).resolve().parents[2]


def named() -> set[str]:
    texts = (path.read_text() for path in HOME.glob("templates/**/*.html"))
    return {name for text in texts for name in re.findall(r"\{% static ['\"]([^'\"]+)['\"]", text)}


def test_every_file_that_a_page_names_is_found() -> None:
    assert named()
    assert {name for name in named() if not finders.find(name)} == set()


def test_of_other_packages_only_what_is_used_is_served() -> None:
    served = {path for finder in finders.get_finders() for path, _ in finder.list(None)}
    ours = {str(path.relative_to(HOME / "static")) for path in HOME.glob("static/**/*") if path.is_file()}
    assert served - ours == {"django_htmx/htmx-2.min.js"}
    assert finders.find("admin/css/base.css") is None


def test_a_static_file_carries_what_it_needs_and_no_policy_for_pages() -> None:
    headers: dict[str, str] = {}
    static_headers(headers, "css/console.css", "/static/css/console.css")
    assert headers == {"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}
    order = list(settings.MIDDLEWARE)
    pages = ("XFrameOptionsMiddleware", "HeadersMiddleware", "CSPMiddleware")
    static = next(place for place, name in enumerate(order) if name.endswith("WhiteNoiseMiddleware"))
    assert all(static < place for place, name in enumerate(order) if name.endswith(pages))
