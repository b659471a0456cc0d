"""What tests and benchmarks need of the machine beside Python packages.

`python -m tests.machine` finds or installs a Chromium, and nginx and PostgreSQL where they can be had. Without a
browser it fails: nothing is skipped in silence. `--bench` looks for nginx and wrk; the benchmarks say what they left
out where these cannot be had. `--image` looks for what builds and runs the container image, `--compose` for what the
compose file's services are, and both fail where something cannot be had.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Chromium without the parts for a window uses a third of the processor time, and is otherwise the same.
HEADLESS = "chromium-headless-shell"
BROWSERS = (HEADLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of a Chromium: the one that CHROMIUM names, the system's, or Playwright's own."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named)
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def postgresql() -> Path | None:
    """The folder of PostgreSQL's server programs (initdb, pg_ctl), newest first."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(versions, key=lambda path: float(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    if not found and on_path:
        return Path(on_path).resolve().parent
    return found[0].parent if found else None


# What `make image-test` needs, by the Debian package that has it.
IMAGE_PROGRAMS = {
    "buildah": "buildah",
    "debootstrap": "debootstrap",
    "setpriv": "util-linux",
}


def _image_programs() -> int:
    """Install what is missing. 1 if something still is, or if this is not root, who may mount."""
    if os.geteuid() != 0:
        print("make image-test needs root, for mounts and for users of its own", file=sys.stderr)
        return 1
    for program, package in IMAGE_PROGRAMS.items():
        if not shutil.which(program) and not (_apt_install(package) and shutil.which(program)):
            print(f"make image-test needs {program}, which apt-get could not install", file=sys.stderr)
            return 1
    return 0


def _compose_programs() -> int:
    """Install what is missing. 1 if something still is."""
    for found, package in ((shutil.which("caddy"), "caddy"), (postgresql(), "postgresql")):
        if not found and not _apt_install(package):
            print(f"make compose-test needs {package}, which apt-get could not install", file=sys.stderr)
            return 1
    return 0


def _apt_install(package: str) -> bool:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {package} from the system's packages", flush=True)
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update", "-q"], check=False, **quiet)
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", package]
    return subprocess.run(install, check=False, **quiet).returncode == 0


def _browser_install() -> None:
    if _apt_install(HEADLESS) or _apt_install("chromium"):
        return
    if chromium():
        return
    print("Installing Playwright's Chromium", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def inter() -> bool:
    """Whether Inter, the font that pages name first, is there or could be installed."""
    return _inter_found() or (_apt_install("fontconfig") and _apt_install("fonts-inter") and _inter_found())


def _inter_found() -> bool:
    return bool(shutil.which("fc-match")) and "Inter" in subprocess.check_output(
        ["fc-match", "Inter"], text=True
    )


def nginx() -> str | None:
    """The path of nginx, which Debian puts where only root looks."""
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


def main() -> int:
    if not os.environ.get("CHROMIUM") and not shutil.which(HEADLESS):
        _browser_install()
    if not (browser := chromium()):
        print("A Chromium is needed: install one, or name it in CHROMIUM=", file=sys.stderr)
        return 1
    if "--image" in sys.argv:
        return _image_programs()
    if "--compose" in sys.argv:
        return _compose_programs()
    if "--bench" in sys.argv:
        for found, package in ((nginx(), "nginx-light"), (shutil.which("wrk"), "wrk")):
            if not found and not _apt_install(package):
                print(f"{package} is not on this machine and cannot be installed: loads will be left out.")
        wrk = shutil.which("wrk")
        print(f"Browser: {browser}. nginx: {nginx() or 'none'}. wrk: {wrk or 'none'}.", flush=True)
        return 0
    if not nginx() and not _apt_install("nginx-light"):
        print("nginx is not on this machine and cannot be installed: a relay takes its place in the tests.")
    if not postgresql() and not _apt_install("postgresql"):
        print("PostgreSQL is not on this machine and cannot be installed: its own tests will fail.")
    print(f"Browser: {browser}. PostgreSQL: {postgresql() or 'none'}.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
