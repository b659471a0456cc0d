"""Two people in one process, each in a project of their own, on many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections as databases
from django.test import Client

from tests.conftest import KEY, PROJECT, connect, sign_in

OTHER, OTHER_KEY = "acme-prod", "xero_acme-prod_sandbox_key_0001"


@pytest.mark.django_db(transaction=True)
def test_each_person_sees_their_own_project_whatever_the_threads_do(person, api_url):
    people = [
        (connect(sign_in(Client(), person()), PROJECT, KEY), PROJECT, OTHER),
        (connect(sign_in(Client(), person()), OTHER, OTHER_KEY), OTHER, PROJECT),
    ]
    cookies = [{name: morsel.value for name, morsel in client.cookies.items()} for client, _, _ in people]

    def look(number):
        _, mine, theirs = people[number % 2]
        client = Client()  # a client of its own for each thread, with the same browser's cookies
        client.cookies.load(cookies[number % 2])
        try:
            page = client.get(f"/projects/{mine}/models/").content.decode()
        finally:
            databases.close_all()
        return f"Project {mine}" in page and theirs not in page

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(80)))
