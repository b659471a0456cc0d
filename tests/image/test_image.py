"""The container image: built from the Dockerfile, and run as its user with a read-only root."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_ISREG
from typing import Any

import pytest

from sandbox.running import Running
from tests.browser.server import PASSWORD, port_free, wait
from tests.faults.person import Person
from tests.image.building import Image, image_built
from tests.image.container import Engine, bytes_below, files_below, first_process, status_of
from tests.pages import Page
from tests.sandbox_fixture import EXAMPLE_ID, PROJECT

pytestmark = pytest.mark.image
MOST = 150_000_000  # bytes above the base image
GRACE = 40  # seconds: the compose file's stop_grace_period
SECRETS = {
    "secret_key": "5e" * 8 + "secret-of-the-image-test",
    "vault_keys": "7a" * 8 + "vault-of-the-image-test",
}


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with image_built() as built:
        yield built


@pytest.fixture
def engine(image: Image, sandbox: Running, tmp_path: Path) -> Engine:
    """The image with a volume for its database, secrets in files, and an account."""
    data, secrets = tmp_path / "data", tmp_path / "secrets"
    data.mkdir()
    secrets.mkdir()
    for name, text in SECRETS.items():
        (secrets / name).write_text(text)
        (secrets / name).chmod(0o444)
    settings = {
        "SECRET_KEY_FILE": "/run/secrets/secret_key",
        "VAULT_KEYS_FILE": "/run/secrets/vault_keys",
        "DATABASE_URL": "sqlite:////data/console.sqlite3",
        "ALLOWED_HOSTS": "127.0.0.1",
        "INSECURE_HTTP": "1",
        "XEROTIER_API_URL": sandbox.url,
        "BIND": f"127.0.0.1:{port_free()}",
        "WEB_CONCURRENCY": "1",
        "DJANGO_SUPERUSER_USERNAME": "keeper",
        "DJANGO_SUPERUSER_EMAIL": "keeper@example.com",
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
    }
    made = Engine(image, {data: "/data", secrets: "/run/secrets"}, settings)
    os.chown(data, *made.ids)
    for words in (["migrate", "--verbosity=0"], ["createsuperuser", "--noinput", "--verbosity=0"]):
        done = made.run("python", "manage.py", *words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return made


def test_it_adds_at_most_150_mb_to_its_base(image: Image) -> None:
    added = bytes_below(image.root) - bytes_below(image.base_root)
    print(f"The image has {added / 1e6:.0f} MB above its base")
    assert 0 < added < MOST


def test_it_has_a_user_a_port_and_a_health_check(image: Image) -> None:
    assert image.config["User"] == "console"
    assert list(image.config["ExposedPorts"]) == ["8000/tcp"]
    assert image.config["Healthcheck"]["Test"] == ["CMD", "python", "-m", "console.healthcheck"]


def test_it_holds_the_console_and_nothing_else_of_the_checkout(image: Image) -> None:
    held = {path.name for path in (image.root / "srv/console").iterdir()}
    assert held == {"manage.py", "console", "models_admin", "templates", "static", "staticfiles"}
    before = files_below(image.base_root)
    added = {path for path, (mode, *_) in files_below(image.root).items() if S_ISREG(mode)} - before.keys()
    assert {path for path in added if not path.startswith(("opt/venv/", "srv/console/", "etc/"))} == set()
    assert image.environment.keys() & {"SECRET_KEY", "VAULT_KEYS", "DEBUG"} == set()


def test_it_does_not_start_without_secrets(image: Image) -> None:
    done = Engine(image, {}, {}).run()
    assert done.returncode == 3
    assert done.stderr.startswith("SECRET_KEY: is required")


def test_its_user_saves_an_edit_with_a_read_only_root_and_writes_only_to_its_volume(
    engine: Engine, sandbox: Running, tmp_path: Path
) -> None:
    before = files_below(engine.image.root)
    url = f"http://{engine.settings['BIND']}"
    with engine.started(tmp_path / "console.log") as process:
        wait(f"{url}/healthz", process, tmp_path / "console.log")
        pid = first_process(process)
        _check_privileges(engine, pid)
        assert engine.run("python", "-m", "console.healthcheck").returncode == 0
        person = Person(url, "keeper")
        saved = person.post(*person.form_of("edit", value="Saved from an image"))
        assert "Description of my-custom-model saved." in Page(saved.text).text
        assert _description(sandbox) == "Saved from an image"
        assert list(Path(f"/proc/{pid}/root/tmp").iterdir()) == []
        os.kill(pid, signal.SIGTERM)
        assert process.wait(timeout=GRACE) == 0
    assert files_below(engine.image.root) == before
    assert {path.name.partition("-")[0] for path in (tmp_path / "data").iterdir()} == {"console.sqlite3"}


def _check_privileges(engine: Engine, pid: int) -> None:
    """Number 1 inside, the image's user, no privileges, and a root that refuses to be written to."""
    status = status_of(pid)
    user, group = engine.ids
    assert user >= 1000
    assert status["NSpid"].split()[-1] == "1"
    assert (status["Uid"].split(), status["Gid"].split()) == ([str(user)] * 4, [str(group)] * 4)
    assert (int(status["CapEff"], 16), int(status["CapPrm"], 16), status["NoNewPrivs"]) == (0, 0, "1")
    for path in ("/srv/console/x", "/opt/venv/x", "/x"):
        refused = engine.run("python", "-c", f"open({path!r}, 'w')")
        assert "Read-only file system" in refused.stderr


def test_an_edit_in_progress_is_saved_and_recorded_before_it_stops(
    engine: Engine, sandbox: Running, tmp_path: Path
) -> None:
    url = f"http://{engine.settings['BIND']}"
    log = tmp_path / "console.log"
    with engine.started(log) as process, ThreadPoolExecutor(1) as pool:
        wait(f"{url}/healthz", process, log)
        person = Person(url, "keeper")
        address, form = person.form_of("edit", value="Saved while it stopped")
        sandbox.fault("slow", method="PATCH", seconds=3)
        sending = pool.submit(person.post, address, form)
        _until(lambda: any(call.method == "PATCH" for call in list(sandbox.requests)))
        os.kill(first_process(process), signal.SIGTERM)
        sending.exception()  # the page that follows the saved form may find nobody any more
        assert process.wait(timeout=GRACE) == 0
    assert _description(sandbox) == "Saved while it stopped"
    with engine.started(log) as process:
        wait(f"{url}/healthz", process, log)
        text = person.page(f"/projects/{PROJECT}/activity/").text
        assert "Saved while it stopped" in text
        assert "Unknown" not in text.partition("Saved while it stopped")[2][:200], text


def _description(sandbox: Running) -> Any:
    return sandbox.store.project(PROJECT).models[EXAMPLE_ID].facts["description"]


def _until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not found():
        assert time.monotonic() < end
        time.sleep(0.02)
