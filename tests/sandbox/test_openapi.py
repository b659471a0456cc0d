"""The sandbox keeps what `sandbox/openapi.yaml` promises: Schemathesis tries it in both dialects."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox_fixture import EXAMPLE_ID, KEY, PROJECT, sandbox_started

DESCRIPTION = Path(__file__).parents[2] / "sandbox" / "openapi.yaml"
# Without these, a run would meet little but 404: random ids are no model's.
OUR_PROJECT = f'"path.project" = "{PROJECT}"\n'
OUR_MODEL = OUR_PROJECT + f'"path.modelId" = "{EXAMPLE_ID}"\n"path.uploadId" = "upl_0000000000000001"\n'
# A route that is off answers every method with 404, also those that the description does not have.
OPTIONAL = {"endpoints": "on", "sharing": "on", "versions": "on", "uploads": "on"}

pytestmark = pytest.mark.slow


def try_out(url: str, directory: Path, parameters: str, *options: str) -> None:
    """One run of Schemathesis; fails with its report. Runs on its own, so that its warnings are not ours."""
    config = directory / "schemathesis.toml"
    config.write_text("[parameters]\n" + parameters)
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
    command += ["--config-file", str(config), "run", str(DESCRIPTION), "--url", url, "--no-color"]
    command += ["-H", f"Authorization: Bearer {KEY}", "--max-examples", "12", "--generation-database", "none"]
    command += ["--seed", "20261123", "--phases", "examples,coverage,fuzzing", *options]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=directory, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_it_answers_as_described_in_the_openai_dialect(tmp_path: Path) -> None:
    with sandbox_started(dialect="openai", validation=0, **OPTIONAL) as running:
        # Without a shared model, there would be no catalog entry to read.
        without = ("--exclude-operation-id", "delete", "--exclude-operation-id", "unshare")
        try_out(running.url, tmp_path, OUR_MODEL, *without)
        answered = {(call.route, call.status) for call in running.requests}
    for route in (
        "list",
        "get",
        "update",
        "revalidate",
        "catalog",
        "endpoints",
        "versions",
        "version_add",
        "uploads",
    ):
        assert (route, 200) in answered, route
    assert {("share", 200), ("promote", 409), ("upload", 200), ("uploads", 400)} <= answered
    assert {("upload_cancel", 409), ("upload_delete", 409)} & answered


def test_it_answers_as_described_in_the_document_dialect(tmp_path: Path) -> None:
    # This dialect's list ignores what it does not know, so a bad limit is no mistake there.
    options = ("--exclude-operation-id", "delete", "--exclude-checks", "negative_data_rejection")
    with sandbox_started(dialect="document", validation=0, **OPTIONAL) as running:
        try_out(running.url, tmp_path, OUR_MODEL, *options)
        answered = {(call.route, call.status) for call in running.requests}
    assert {("unshare", 200), ("unshare", 409), ("share", 200)} <= answered


def test_it_deletes_as_described_and_knows_nothing_of_unknown_ids(tmp_path: Path) -> None:
    with sandbox_started(dialect="openai", validation=0, **OPTIONAL) as running:
        try_out(running.url, tmp_path, OUR_PROJECT)
        answered = {(call.route, call.status) for call in running.requests}
    assert {("delete", 200), ("delete", 404), ("get", 404), ("update", 404), ("revalidate", 404)} <= answered
