"""Builds the image with Debian's buildah, which needs no daemon, on a base that debootstrap makes.

The base takes a few minutes to make, so it stays in STORE between runs, tagged with the name in the Dockerfile's FROM.
Remove that folder to make a new one. pip inside the build gets the configuration that pip has on this machine.
"""

from __future__ import annotations

import ast
import fcntl
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.image.programs import run

ROOT = Path(__file__).resolve().parents[2]
STORE = Path(
    "/var/tmp/xerotier-console-image-test"
)  # the machine's, not a checkout's: the base is the same for all
RELEASE = "trixie"  # the Debian that has the Python of the Dockerfile's FROM
PACKAGES = "python3,python3-venv,ca-certificates"
IMAGE = "localhost/xerotier-console-test"


@dataclass(frozen=True)
class Image:
    """A built image: `root` and `base_root` are its files and those of its base, `config` is what it says of itself."""

    root: Path
    base_root: Path
    config: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        return dict(entry.split("=", 1) for entry in self.config["Env"])


@contextmanager
def image_built() -> Iterator[Image]:
    """The image, removed at the end with its working containers. Its base stays."""
    STORE.mkdir(mode=0o700, exist_ok=True)
    with (STORE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one run at a time
        base = _base_made(base_name())
        _remove()  # what a run that was killed has left
        try:
            _build()
            roots = [Path(_buildah("mount", _container_of(name))) for name in (IMAGE, base)]
            config = json.loads(_buildah("inspect", "--type", "image", IMAGE))["Docker"]["config"]
            yield Image(*roots, config)
        finally:
            _remove()


def _container_of(name: str) -> str:
    return _buildah("from", "--pull=never", name)


def _remove() -> None:
    """The working containers and the image; the base stays."""
    _buildah("rm", "--all")
    if _exists(IMAGE):
        _buildah("rmi", IMAGE)


def base_name() -> str:
    """The image that the Dockerfile starts from."""
    names = set(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.M))
    assert len(names) == 1, names
    return names.pop()


def _buildah(*words: str | Path, text: str = "") -> str:
    store = ["--root", STORE / "images", "--runroot", STORE / "run"]
    return run("buildah", *store, *words, text=text, STORAGE_DRIVER="vfs", BUILDAH_ISOLATION="chroot").strip()


def _exists(name: str) -> bool:
    found = json.loads(_buildah("images", "--json") or "null") or []
    return any(entry.startswith(name) for image in found for entry in image["names"] or [])


def _base_made(name: str) -> str:
    """A small Debian with Python, tagged as the Dockerfile names it. Its full name."""
    tag = f"localhost/{name}"
    if _exists(tag):
        return tag
    with tempfile.TemporaryDirectory(dir=STORE) as folder:
        root = Path(folder) / "root"
        run("debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, root, _mirror())
        shutil.rmtree(root / "var/cache/apt/archives")
        shutil.rmtree(root / "var/lib/apt/lists")
        (root / "usr/local/bin/python").symlink_to("/usr/bin/python3")
        _buildah("bud", "--tag", tag, "--file", "-", root, text="FROM scratch\nCOPY . /\n")
    return tag


def _mirror() -> str:
    """The Debian mirror that this machine's apt uses."""
    listed = run("apt-get", "indextargets", "--format", "$(SITE) $(ORIGIN) $(LABEL)", "Created-By: Packages")
    sites = [line.split()[0] for line in listed.splitlines() if line.endswith(" Debian Debian")]
    assert sites, "apt names no Debian mirror, from which the base image could be made"
    return sites[0]


def _build() -> None:
    with tempfile.TemporaryDirectory(dir=STORE) as folder:
        configuration, named = _pip_configuration()
        (Path(folder) / "pip.conf").write_text(configuration)
        mounts = [f"{folder}/pip.conf:/etc/pip.conf:ro", *(f"{path}:{path}:ro" for path in named)]
        volumes = [word for mount in mounts for word in ("--volume", mount)]
        options = ["--pull=never", "--format", "docker", "--network", "host"]
        _buildah("bud", *options, *volumes, "--tag", IMAGE, ROOT)


def _pip_configuration() -> tuple[str, list[Path]]:
    """What `pip config list` has here, as the text of one file; and the files and folders that it names."""
    sections: dict[str, dict[str, str]] = {}
    named: set[Path] = set()
    for line in run(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, _, written = line.partition("=")
        section, _, option = name.rpartition(".")
        words = str(ast.literal_eval(written)).split()
        if option == "config-file":
            continue
        # The pages of an index in a folder link to packages beside that folder.
        paths = [Path(word) for word in words]
        paths += [Path(word.removeprefix("file://")).parent for word in words if word.startswith("file:///")]
        named |= {path for path in paths if path.is_absolute() and path.exists()}
        section = "global" if section == ":env:" else section
        sections.setdefault(section, {}).setdefault(
            option, " ".join(words)
        )  # the environment comes first, and wins
    lines = []
    for section, options in sections.items():
        lines += [f"[{section}]", *(f"{option} = {value}" for option, value in options.items())]
    return "\n".join([*lines, ""]), sorted(named)
