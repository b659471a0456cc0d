"""What a first visit costs on the wire, headers included, with everything compressed as in production."""

from __future__ import annotations

from playwright.sync_api import Page, Response

from tests.browser.server import Console

MOST_BYTES = 52 * 1024
MOST_REQUESTS = 24


def test_a_first_visit_to_the_models_page_is_light(connected_page: Page, console: Console) -> None:
    state = connected_page.context.storage_state()
    browser = connected_page.context.browser
    assert browser
    fresh = browser.new_context(base_url=console.url, storage_state=state)
    page = fresh.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/projects/proj_ABC123/models/")
    page.wait_for_load_state("networkidle")
    sizes = {answer.url: answer.request.sizes() for answer in answers}
    weights = {url: size["responseBodySize"] + size["responseHeadersSize"] for url, size in sizes.items()}
    fresh.close()
    assert {answer.status for answer in answers} == {200}, weights
    assert sum(weights.values()) <= MOST_BYTES, weights
    assert len(answers) <= MOST_REQUESTS, weights
    print(sum(weights.values()), weights)
