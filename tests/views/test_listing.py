"""The models page and its fragment, against the live sandbox in both dialects."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client

from models_admin.models import Activity
from models_admin.screens.models.columns import COLUMNS
from models_admin.services import listing
from models_admin.xerotier.model_list import ModelList
from sandbox.record import Record
from sandbox.seed_models import EXAMPLE_ID
from tests.conftest import connect, sign_in
from tests.sandbox_fixture import KEYS, LARGE

HTMX = {"HX-Request": "true"}
DIALECTS = pytest.mark.parametrize("dialect", ["document", "openai"])


@pytest.fixture
def openai(sandbox):
    sandbox.set(dialect="openai")


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", answer.content.decode()))).strip()


def names(answer) -> list[str]:
    return [
        unescape(name) for name in re.findall(r'class="name clip"[^>]*>([^<]*)<', answer.content.decode())
    ]


def lists(sandbox) -> int:
    return sum(call.route == "list" for call in sandbox.requests)


def put(sandbox, model_id: str, **facts) -> None:
    project = sandbox.store.project("proj_ABC123")
    base = project.models[EXAMPLE_ID]
    project.models[model_id] = Record(model_id, {**base.facts, **facts})


@DIALECTS
def test_the_page_shows_figures_and_every_model(connected, sandbox, dialect):
    sandbox.set(dialect=dialect)
    answer = connected.get("/projects/proj_ABC123/models/")
    text = text_of(answer)
    assert answer.status_code == 200
    assert "44 models in proj_ABC123" in text
    assert "Stored 750 GB in 43 of 44 models" in text
    assert "Ready 35 of 44" in text
    assert "Needs attention 2 failed validation" in text
    assert ("Shared to catalog 2 of 44" in text) == (dialect == "openai")
    assert len(names(answer)) == 44
    assert "1\N{EN DASH}44 of 44" in text
    assert f'href="/projects/proj_ABC123/models/{EXAMPLE_ID}/"' in answer.content.decode()


def test_the_documents_list_says_what_it_does_not_tell(connected):
    answer = connected.get("/projects/proj_ABC123/models/")
    text = text_of(answer)
    assert "six fields for each model" in text
    assert "The search covers name, format, license and ID" in text
    table = re.search(r"<table.*?</table>", answer.content.decode(), re.S).group()
    assert "Architecture" not in table
    assert "Workload" not in table


def test_the_extended_list_has_all_columns(connected, openai):
    answer = connected.get("/projects/proj_ABC123/models/")
    html = answer.content.decode()
    for label in ("Architecture", "Quantization", "Context", "Params"):
        assert label in headings(answer)
    assert 'title="32,768 tokens"><span>32K</span></td>' in html
    assert 'title="4,294,967,296 bytes"><span>4.00 GB</span></td>' in html


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("?q=my-custom-model", 1),
        ("?q=code+generation", 1),
        ("?q=LlamaForCausalLM&status=ready", None),
        ("?format=gguf", None),
        ("?workload=embedding", None),
        ("?status=error", 2),
    ],
)
def test_filters_leave_what_the_models_say(connected, sandbox, openai, address, count):
    answer = connected.get("/projects/proj_ABC123/models/" + address)
    found = names(answer)
    assert answer.status_code == 200
    assert 0 < len(found) < 44
    assert count is None or len(found) == count


def test_the_page_and_the_fragment_show_the_same(connected, openai):
    address = "?q=llama&status=ready&sort=-size"
    page, rows = (
        connected.get("/projects/proj_ABC123/models/" + address),
        connected.get("/projects/proj_ABC123/models/rows/" + address),
    )
    assert names(page) == names(rows)
    assert names(page)


def test_the_fragment_stands_alone_with_one_root(connected):
    html = re.sub(
        r"{#.*?#}", "", connected.get("/projects/proj_ABC123/models/rows/").content.decode()
    ).strip()
    assert html.startswith('<div id="models-results"')
    assert html.endswith("</div>")
    assert "<html" not in html
    assert "hx-swap-oob" not in html


def test_htmx_gets_what_stands_around_and_the_address_of_the_page(connected):
    answer = connected.get("/projects/proj_ABC123/models/rows/?q=llama&page=1&sort=bogus", headers=HTMX)
    html = answer.content.decode()
    assert answer["HX-Push-Url"] == "/projects/proj_ABC123/models/?q=llama"
    for part in ("models-head", "models-summary", "models-filters", "models-said"):
        assert f'id="{part}"' in html
    assert "models-q" not in re.findall(r'id="([^"]+)"', html), "what is typed is never swapped"


def test_the_letters_of_one_search_are_one_step_back(connected):
    here = {"HX-Current-URL": "http://testserver/projects/proj_ABC123/models/?q=lla&sort=size"}
    answer = connected.get("/projects/proj_ABC123/models/rows/?q=llam&sort=size", headers=HTMX | here)
    assert answer["HX-Replace-Url"] == "/projects/proj_ABC123/models/?q=llam&sort=size"
    assert "HX-Push-Url" not in answer
    answer = connected.get("/projects/proj_ABC123/models/rows/?q=llam", headers=HTMX | here)
    assert answer["HX-Push-Url"] == "/projects/proj_ABC123/models/?q=llam"


def test_a_page_of_a_search_is_a_step_back_and_refreshing_is_none(connected):
    connect(connected, LARGE, KEYS[LARGE])
    here = {"HX-Current-URL": "http://testserver/projects/proj_LARGE/models/?q=a"}
    answer = connected.get("/projects/proj_LARGE/models/rows/?q=a&page=2", headers=HTMX | here)
    assert answer["HX-Push-Url"] == "/projects/proj_LARGE/models/?q=a&page=2"
    answer = connected.get("/projects/proj_LARGE/models/rows/?q=a&fresh=1", headers=HTMX | here)
    assert answer["HX-Replace-Url"] == "/projects/proj_LARGE/models/?q=a"


def test_what_was_typed_last_wins_over_the_link_that_was_pressed(connected):
    answer = connected.get("/projects/proj_ABC123/models/rows/?q=old&status=ready&q=new", headers=HTMX)
    assert answer["HX-Push-Url"] == "/projects/proj_ABC123/models/?q=new&status=ready"


@pytest.mark.parametrize("address", ["?page=abc", "?page=-1", "?page=9999", "?sort=colour", "?sort=", "?x=1"])
def test_a_bad_address_falls_back(connected, address):
    answer = connected.get("/projects/proj_ABC123/models/" + address)
    assert answer.status_code == 200
    assert len(names(answer)) == 44


def test_a_column_that_the_list_has_not_cannot_be_asked_for(connected):
    answer = connected.get("/projects/proj_ABC123/models/?sort=-params&workload=chat")
    assert names(answer) == names(connected.get("/projects/proj_ABC123/models/"))


@DIALECTS
def test_a_thousand_models_come_in_pages_of_fifty(client, person, api_url, sandbox, dialect):
    sandbox.set(dialect=dialect)
    connect(sign_in(client, person()), "proj_LARGE", "xero_large_sandbox_key_0004")
    first, last = (
        client.get("/projects/proj_LARGE/models/"),
        client.get("/projects/proj_LARGE/models/?page=20"),
    )
    assert "1\N{EN DASH}50 of 1,000" in text_of(first)
    assert "951\N{EN DASH}1,000 of 1,000" in text_of(last)
    assert "Page 20 of 20" in text_of(last)
    assert not set(names(first)) & set(names(last))
    assert 'rel="next"' in first.content.decode()
    assert 'rel="next"' not in last.content.decode()


def test_the_counts_of_filters_are_grouped_as_all_numbers_are(client, person, api_url):
    connect(sign_in(client, person()), "proj_LARGE", "xero_large_sandbox_key_0004")
    assert "All 1,000" in text_of(client.get("/projects/proj_LARGE/models/"))


def test_an_empty_project_says_how_models_get_there(client, person, api_url):
    connect(sign_in(client, person()), "proj_EMPTY", "xero_empty_sandbox_key_0003")
    text = text_of(client.get("/projects/proj_EMPTY/models/"))
    assert "No models in this project yet" in text
    assert "through the API" in text


def test_no_match_names_the_filters_and_clears_them_in_one_click(connected):
    answer = connected.get("/projects/proj_ABC123/models/?q=zzz&status=error&sort=size")
    text, html = text_of(answer), answer.content.decode()
    assert "None of the 44 models matches the search “zzz” and status Error" in text
    assert 'href="/projects/proj_ABC123/models/?sort=size">Clear all filters' in html
    assert 'href="/projects/proj_ABC123/models/?status=error&amp;sort=size">Clear the search' in html


def test_what_is_filtered_for_can_be_let_go_although_nothing_has_it(connected):
    html = connected.get("/projects/proj_ABC123/models/?status=exploded").content.decode()
    assert "Exploded" in html
    assert "No models match" in html


def test_unknown_statuses_and_hostile_names_are_text(connected, sandbox, openai):
    put(sandbox, "x-1", name='<img src=x onerror=alert(1)>"', status="<b>odd</b>", description="a\u202eb")
    html = connected.get("/projects/proj_ABC123/models/?q=onerror").content.decode()
    assert "<img src=x" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "&lt;b&gt;odd&lt;/b&gt;" in html
    assert "a⟦U+202E⟧b" in html


def test_a_blank_name_still_leaves_something_to_press(connected, sandbox, openai):
    put(sandbox, "blank-1", name=" \u00a0 ")
    page = connected.get("/projects/proj_ABC123/models/")
    assert "blank-1" in names(page)
    assert "<h1>blank-1" in connected.get("/projects/proj_ABC123/models/blank-1/").content.decode()


def test_a_size_that_cannot_be_is_not_counted(connected, sandbox, openai):
    put(sandbox, "odd-1", size_bytes=-5)
    assert "Stored 750 GB in 43 of 45 models" in text_of(connected.get("/projects/proj_ABC123/models/"))


def test_two_models_of_one_name_both_have_their_link(connected, sandbox, openai):
    put(sandbox, "twin-1", name="twin")
    put(sandbox, "twin-2", name="twin")
    html = connected.get("/projects/proj_ABC123/models/?q=twin").content.decode()
    assert 'href="/projects/proj_ABC123/models/twin-1/"' in html
    assert 'href="/projects/proj_ABC123/models/twin-2/"' in html


def test_a_model_whose_address_is_taken_has_no_link(connected, sandbox, openai):
    put(sandbox, "rows", name="named rows")
    answer = connected.get("/projects/proj_ABC123/models/?q=named+rows")
    assert 'href="/projects/proj_ABC123/models/rows/"' not in answer.content.decode()
    assert "1 on this page without a link" in text_of(answer)


def test_validating_rows_are_asked_for_by_one_poll(connected, openai):
    html = connected.get("/projects/proj_ABC123/models/?status=validating").content.decode()
    hook = re.search(r'<span id="(st-[0-9a-f]{8})" data-model-status>', html).group(1)
    assert 'id="models-poll"' in html
    assert re.search(r'hx-get="/projects/proj_ABC123/models/statuses/\?id=[\w-]+', html)
    assert html.count(hook) == 1
    assert "models-poll" not in connected.get("/projects/proj_ABC123/models/?status=ready").content.decode()


@pytest.mark.parametrize(
    "kind", ["nulls", "wrong_types", "missing_keys", "extra_keys", "surrogates", "huge_int"]
)
@DIALECTS
def test_an_odd_list_is_still_a_page(connected, sandbox, kind, dialect):
    sandbox.set(dialect=dialect)
    for sort in ("name", "-size", "created", "status"):
        sandbox.fault(kind, route="list")
        answer = connected.get(f"/projects/proj_ABC123/models/?fresh=1&sort={sort}")
        assert answer.status_code in (200, 502)


@pytest.mark.parametrize(
    ("detail", "status"), [({"status": 503}, 502), ({"status": 429}, 429), ({"status": 401}, 403)]
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_failed_list_is_a_problem_with_a_next_step(connected, sandbox, detail, status, headers):
    for address in ("/projects/proj_ABC123/models/", "/projects/proj_ABC123/models/rows/"):
        sandbox.fault("status", route="list", **detail)
        answer = connected.get(address, headers=headers)
        assert answer.status_code == status
        assert 'class="problem"' in answer.content.decode()


def test_a_list_that_was_cut_short_says_so(connected, sandbox, openai):
    sandbox.set(models=250)
    sandbox.fault("status", route="list", status=500, times=None, skip=1)
    answer = connected.get("/projects/proj_ABC123/models/?fresh=1")
    assert answer.status_code == 200
    assert "This list may not be complete: it has 100 models." in text_of(answer)


# ---- Values as services really send them ------------------------------------------------------


HEADINGS = {column.css_class.split()[0]: column.label for column in COLUMNS if column.css_class}


def cells(answer, name: str) -> dict[str, str]:
    """The cells of the row whose model has this name: heading -> text, its title behind a bar."""
    html = answer.content.decode()
    row = next(row for row in re.findall(r"<tr>.*?</tr>", html, re.S) if f">{name}<" in row)
    found = {}
    for words, cell in re.findall(r'<td class="([^"]*)"([^>]*>.*?)</td>', row, re.S):
        label = HEADINGS.get(words.split()[0], words)
        title = re.search(r'title="([^"]*)"', cell)
        text = " ".join(unescape(re.sub(r"<[^>]*>", " ", cell.partition(">")[2])).split())
        found[label] = f"{text} | {unescape(title.group(1))}" if title and title.group(1) else text
    return found


@pytest.mark.parametrize(
    ("fact", "value", "column", "shown"),
    [
        ("size_bytes", "4294967296", "Size", "4.00 GB | 4,294,967,296 bytes"),
        ("size_bytes", 500, "Size", "500 bytes"),
        ("size_bytes", -1, "Size", "Impossible size | As sent: -1"),
        ("context_length", "131072", "Context", "128K | 131,072 tokens"),
        ("context_length", "128k", "Context", "128k | Sent as text: 128k"),
        (
            "context_length",
            10**30,
            "Context",
            "No limit given | As sent: 1000000000000000000000000000000",
        ),
        ("parameter_count", "8.03B", "Params", "8.03B | Sent as text: 8.03B"),
        ("parameter_count", float("nan"), "Params", "Not a number | As sent: NaN"),
        (
            "architecture",
            ["LlamaForCausalLM", "Foo"],
            "Architecture",
            'LlamaForCausalLM, Foo | Sent as a list: ["LlamaForCausalLM", "Foo"]',
        ),
        (
            "quantization",
            {"method": "fp8"},
            "Quantization",
            '{"method": "fp8"} | In a form that this console doesn\'t know: {"method": "fp8"}',
        ),
        ("status", " ready ", "status", "Ready"),
        ("status", "READY", "status", "READY"),
    ],
)
def test_a_value_of_an_unexpected_type_is_shown_as_it_was_sent(
    connected, sandbox, openai, fact, value, column, shown
):
    put(sandbox, "odd-1", name="odd model", **{fact: value})
    assert cells(connected.get("/projects/proj_ABC123/models/?q=odd-1"), "odd model")[column] == shown


@pytest.mark.parametrize("created", ["0001-01-01T00:00:00Z", 0])
def test_a_zero_time_is_no_date(connected, sandbox, openai, created):
    put(sandbox, "odd-1", name="odd model", created=created)
    sandbox.set(dialect="openai")
    shown = cells(connected.get("/projects/proj_ABC123/models/?q=odd-1"), "odd model")["Created"]
    assert "1970" not in shown.partition("|")[0]
    assert "1 Jan 1" not in shown


def test_text_in_a_numeric_column_is_not_sorted_as_a_number(connected, sandbox, openai):
    put(sandbox, "odd-1", name="odd model", parameter_count="8.03B")
    for sort in ("params", "-params"):
        answer = connected.get(f"/projects/proj_ABC123/models/?sort={sort}")
        assert "odd model" in names(answer)[-12:]


def test_names_are_sorted_in_natural_order_without_regard_to_accents(connected, sandbox, openai):
    order = [
        "zz 7b-model",
        "zz 8b-model",
        "zz 70b-model",
        "zz ähnlich",
        "zz eclair",
        "zz éclair 2",
        "zz Ünïcode",
    ]
    for place, name in enumerate(reversed(order)):
        put(sandbox, f"zz-{place}", name=name)
    assert names(connected.get("/projects/proj_ABC123/models/?q=zz-")) == order


@pytest.mark.parametrize(
    ("search", "name"),
    [
        ("istanbul", "İstanbul-7b"),
        ("umlaut", "ümlaut"),
        ("strasse", "Straße"),
        ("café-modèle", "cafe\u0301-mode\u0300le"),
        ("модель", "МОДЕЛЬ-7b"),
    ],
)
def test_a_search_finds_names_without_regard_to_case_and_accents(connected, sandbox, openai, search, name):
    put(sandbox, "found-1", name=name)
    answer = connected.get("/projects/proj_ABC123/models/", {"q": search})
    assert name in names(answer)


def test_quotes_make_a_phrase(connected, sandbox, openai):
    put(sandbox, "phrase-1", name="a llama 8b model")
    put(sandbox, "phrase-2", name="a 8b llama model")
    found = names(connected.get("/projects/proj_ABC123/models/", {"q": '"llama 8b"'}))
    assert "a llama 8b model" in found
    assert "a 8b llama model" not in found


@pytest.mark.parametrize(
    "fact", [{"quantization": "gptq-odd"}, {"format": "gptq-odd"}, {"version": "gptq-odd"}]
)
def test_quantization_format_and_version_are_searched(connected, sandbox, openai, fact):
    put(sandbox, "found-1", name="found", **fact)
    assert names(connected.get("/projects/proj_ABC123/models/?q=gptq-odd")) == ["found"]


@DIALECTS
def test_the_license_last_set_here_is_searched(connected, sandbox, dialect):
    sandbox.set(dialect=dialect)
    for number, after in enumerate(("MIT", "Apache-2.0")):
        Activity.objects.create(
            project="proj_ABC123",
            model_id=EXAMPLE_ID,
            action="edit",
            field="license",
            outcome="done",
            changes=[{"field": "license", "before": None, "after": after}],
            token=f"t{number}",
        )
    assert names(connected.get("/projects/proj_ABC123/models/?q=apache")) == ["my-custom-model"]
    assert names(connected.get("/projects/proj_ABC123/models/?q=mit")) != ["my-custom-model"]


def test_models_of_one_name_are_told_apart_by_the_beginning_of_their_ids(connected, sandbox, openai):
    for model_id in ("0190a1b2c3d4-one", "0190a1b2c3d4-two"):
        put(sandbox, model_id, name="twin")
    html = connected.get("/projects/proj_ABC123/models/?q=twin").content.decode()
    assert ">0190a1b2c3d4-o<" in html
    assert ">0190a1b2c3d4-t<" in html
    assert "mono muted" not in connected.get("/projects/proj_ABC123/models/?q=my-custom").content.decode()


def test_long_descriptions_are_cut_on_the_server(connected, sandbox, openai):
    project = sandbox.store.project("proj_ABC123")
    for model_id, record in [*project.models.items()]:
        facts = {"name": "n" * 5000, "description": "# Title\r\n\r\n" + "long words " * 9000}
        project.models[model_id] = Record(model_id, {**record.facts, **facts})
    html = connected.get("/projects/proj_ABC123/models/").content.decode()
    assert len(html) < 200_000
    assert "⟦U+000D⟧" not in html


def test_the_list_shows_the_first_sentence_of_a_description(connected, sandbox, openai):
    put(sandbox, "md-1", name="md", description="# A title\r\n\r\nAnswers *support* mail. Trained in May.")
    text = text_of(connected.get("/projects/proj_ABC123/models/?q=md-1"))
    assert "Answers support mail." in text
    assert "Trained" not in text


def test_a_model_whose_id_cannot_be_in_an_address_is_listed_with_the_reason(connected, sandbox, openai):
    put(sandbox, "org/name", name="slashed")
    answer = connected.get("/projects/proj_ABC123/models/?q=slashed")
    assert names(answer) == ["slashed"]
    assert "This model can't be opened: its ID has characters that can't be part of an address." in text_of(
        answer
    )


# ---- What a person chooses to see ---------------------------------------------------------

PREFERENCES = "/projects/proj_ABC123/models/preferences/"


def headings(answer) -> list[str]:
    head = re.search(r"<thead>.*?</thead>", answer.content.decode(), re.S).group()
    return [text_of_html(cell) for cell in re.findall(r"<th .*?</th>", head, re.S)][
        1:
    ]  # the first is for selecting


def text_of_html(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_columns_and_density_are_remembered_for_the_person(connected, sandbox, openai, person):
    answer = connected.post(
        PREFERENCES,
        {"column": ["size", "changed", "bogus"], "density": "compact", "query": "?q=llama&sort=-size"},
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/projects/proj_ABC123/models/?q=llama&sort=-size"
    page = connected.get("/projects/proj_ABC123/models/")
    assert headings(page) == ["Name", "Status", "Size", "Last changed here"]
    assert 'class="cards models compact"' in page.content.decode()
    other = connect(sign_in(Client(), person("Viewer")))
    assert len(headings(other.get("/projects/proj_ABC123/models/"))) == 9


def test_a_viewer_may_choose_and_a_hostile_return_address_stays_in_the_list(client, person, api_url, sandbox):
    connect(sign_in(client, person("Viewer")))
    answer = client.post(PREFERENCES, {"query": "//evil.example/?q=x"})
    assert answer["Location"].startswith("/projects/proj_ABC123/models/")
    assert headings(client.get("/projects/proj_ABC123/models/")) == ["Name", "Status"]
    assert client.get(PREFERENCES).status_code == 405


def test_last_changed_here_says_who_and_when(connected, sandbox, openai):
    connected.post(PREFERENCES, {"column": ["changed"]})
    for number, (who, outcome) in enumerate((("Ana", "done"), ("Ben", "done"), ("Cem", "refused"))):
        Activity.objects.create(
            project="proj_ABC123",
            model_id=EXAMPLE_ID,
            action="edit",
            username=who,
            outcome=outcome,
            token=f"t{number}",
        )
    shown = cells(connected.get("/projects/proj_ABC123/models/"), "my-custom-model")["Last changed here"]
    assert re.fullmatch(r"Ben, \d+ \w{3} \| Ben, \d+ \w{3} \d{4}, \d\d:\d\d UTC", shown)
    assert connected.get("/projects/proj_ABC123/models/?sort=changed").status_code == 200


# ---- The list just read ----------------------------------------------------------------------


def test_sorting_and_filtering_within_seconds_ask_nothing_again(connected, sandbox):
    connected.get("/projects/proj_ABC123/models/")
    before = lists(sandbox)
    for address in (
        "/projects/proj_ABC123/models/?sort=size",
        "/projects/proj_ABC123/models/rows/?q=llama",
        "/projects/proj_ABC123/models/export.csv",
        "/projects/proj_ABC123/models/?page=2",
    ):
        connected.get(address)
    assert lists(sandbox) == before


def test_refresh_reads_again_and_leaves_no_trace_in_the_address(connected, sandbox):
    connected.get("/projects/proj_ABC123/models/")
    before = lists(sandbox)
    answer = connected.get("/projects/proj_ABC123/models/rows/?sort=size&fresh=1", headers=HTMX)
    assert lists(sandbox) == before + 1
    assert answer["HX-Push-Url"] == "/projects/proj_ABC123/models/?sort=size"


def test_the_age_of_the_list_is_shown(connected, monkeypatch):
    connected.get("/projects/proj_ABC123/models/")
    now = listing.time.monotonic()
    monkeypatch.setattr(listing.time, "monotonic", lambda: now + 7.5)
    assert "read 7 s ago" in text_of(connected.get("/projects/proj_ABC123/models/"))


def test_the_list_is_read_again_after_ten_seconds(connected, sandbox, monkeypatch):
    connected.get("/projects/proj_ABC123/models/")
    before = lists(sandbox)
    now = listing.time.monotonic()
    monkeypatch.setattr(listing.time, "monotonic", lambda: now + 10.1)
    connected.get("/projects/proj_ABC123/models/")
    assert lists(sandbox) == before + 1


def test_any_change_recorded_by_any_process_drops_it(connected, sandbox):
    connected.get("/projects/proj_ABC123/models/")
    row = Activity.objects.create(project="proj_ABC123", model_id=EXAMPLE_ID, action="edit", token="t1")
    before = lists(sandbox)
    connected.get("/projects/proj_ABC123/models/")
    assert lists(sandbox) == before + 1, "the row was written before the change was sent"
    Activity.objects.filter(pk=row.pk).update(outcome="done")
    connected.get("/projects/proj_ABC123/models/")
    assert lists(sandbox) == before + 2, "and the change has landed since"
    connected.get("/projects/proj_ABC123/models/")
    assert lists(sandbox) == before + 2


def test_people_never_share_a_list(connected, sandbox, person):
    connected.get("/projects/proj_ABC123/models/")
    before = lists(sandbox)
    other = connect(sign_in(Client(), person()))
    other.get("/projects/proj_ABC123/models/")
    assert lists(sandbox) > before


def test_a_person_who_loses_the_role_loses_the_list(connected, person):
    connected.get("/projects/proj_ABC123/models/")
    connected.user.groups.clear()
    assert connected.get("/projects/proj_ABC123/models/").status_code == 403


def test_the_cache_holds_a_bounded_number_of_models(connected, sandbox, monkeypatch):
    connected.get("/projects/proj_ABC123/models/")
    (entry,) = listing.cache.values()
    assert listing.cache.getsizeof(entry) == 44
    assert listing.cache.currsize == 44
    assert listing.cache.maxsize == listing.CACHE_MODELS
    monkeypatch.setattr(listing, "CACHE_MODELS", 43)
    before = lists(sandbox)
    for _ in range(2):
        assert connected.get("/projects/proj_ABC123/models/?fresh=1").status_code == 200
    assert lists(sandbox) == before + 2


def test_an_older_read_that_ends_late_does_not_replace_a_newer_one():
    key = (1, "proj_ABC123", b"fingerprint", ())
    at = datetime(2026, 1, 15, tzinfo=UTC)
    new, old = (listing.Listing(ModelList((), note=note), at) for note in ("new", "old"))
    listing.cache.clear()
    listing._store(key, listing._Entry(new, began=2.0, ended=3.0))
    listing._store(key, listing._Entry(old, began=1.0, ended=4.0))
    assert listing.cache[key].listing.list.note == "new"
    listing.cache.clear()


# ---- Who may, and how -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "/projects/proj_ABC123/models/",
        "/projects/proj_ABC123/models/rows/",
        "/projects/proj_ABC123/models/export.csv",
        "/projects/proj_ABC123/models/export.json",
    ],
)
def test_only_reading_is_possible(connected, address):
    for send in (connected.post, connected.put, connected.delete, connected.patch):
        assert send(address).status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        "/projects/proj_ABC123/models/",
        "/projects/proj_ABC123/models/rows/",
        "/projects/proj_ABC123/models/export.csv",
    ],
)
def test_without_a_role_or_a_connection_nothing_is_shown(client, person, api_url, sandbox, address):
    assert client.get(address).status_code == 302
    sign_in(client, person(role=None))
    assert client.get(address).status_code == 403
    other = sign_in(Client(), person("Viewer"))
    answer = other.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/connect/")
    assert lists(sandbox) == 0
