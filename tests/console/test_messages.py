"""Messages reach htmx out of band, once, and a page otherwise."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

pytestmark = [pytest.mark.urls("tests.console.probe"), pytest.mark.django_db]
HTMX = {"HX-Request": "true"}


def test_a_message_is_appended_to_an_htmx_response(client: Client) -> None:
    page = client.get("/say/", headers=HTMX).content.decode()
    assert page.startswith("<td>cell</td>")
    assert "hx-swap-oob" in page
    assert "Saved &lt;b&gt;it&lt;/b&gt;" in page


def test_a_message_is_shown_once(client: Client) -> None:
    client.get("/say/", headers=HTMX)
    assert "Saved" not in client.get("/page/", headers=HTMX).content.decode()


@pytest.mark.parametrize("address", ["/leave/", "/say/?status=204", "/say/?status=302"])
def test_a_message_is_shown_on_the_page_after_a_redirect(client: Client, address: str) -> None:
    assert "Saved" not in client.get(address, headers=HTMX).content.decode()
    assert client.cookies[settings.MESSAGES_COOKIE_NAME].value


def test_nothing_is_appended_to_a_whole_page(client: Client) -> None:
    assert client.get("/say/").content == b"<td>cell</td>"
