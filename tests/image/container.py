"""Runs the built image as a container engine would: its own mounts and processes, its user, a read-only root.

Done with `unshare`, because buildah's chroot isolation has no read-only root and no signals. Network and loopback are
the machine's, so that the console reaches the sandbox.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.image.building import Image

# $1 is the root, the words after -- are the program. /dev and /tmp are in memory, as with `docker run --read-only
# --tmpfs /tmp`; devices are the machine's own.
INSIDE = """
set -e
root=$1; shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir -m 1777 "$root/dev/shm"
mount -t tmpfs tmpfs "$root/tmp"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done
shift
mount -o remount,bind,ro "$root"
exec unshare --root="$root" "$@"
"""
UNSHARE = ["setpriv", "--no-new-privs", "unshare", "--mount", "--pid", "--fork", "--kill-child"]


@dataclass(frozen=True)
class Engine:
    """`volumes` maps folders of this machine to folders of the image; `settings` are environment variables."""

    image: Image
    volumes: dict[Path, str]
    settings: dict[str, str]

    @property
    def ids(self) -> tuple[int, int]:
        """User and group of the image's user."""
        name = self.image.config["User"]
        entry = re.search(
            rf"^{re.escape(name)}:[^:]*:(\d+):(\d+):", (self.image.root / "etc/passwd").read_text(), re.M
        )
        assert entry, f"the image has no user {name}"
        return int(entry[1]), int(entry[2])

    def command(self, *words: str) -> list[str]:
        """The command for this machine that runs `words` in the image, or the image's own command."""
        for folder in self.volumes.values():
            (self.image.root / folder[1:]).mkdir(parents=True, exist_ok=True)
        mounts = [word for here, there in self.volumes.items() for word in (str(here), there)]
        user, group = self.ids
        who = [f"--setgid={group}", f"--setuid={user}", f"--wd={self.image.config['WorkingDir']}"]
        variables = {**self.image.environment, **self.settings}
        environment = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in variables.items())]
        inside = [*mounts, "--", *who, *environment, *(words or self.image.config["Cmd"])]
        return [*UNSHARE, "sh", "-c", INSIDE, "sh", str(self.image.root), *inside]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the image to its end."""
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120, check=False)

    @contextmanager
    def started(self, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """The image's own command, killed at the end unless it has ended before."""
        with log.open("ab") as output:
            process = subprocess.Popen(self.command(), stdout=output, stderr=output)
        try:
            yield process
        finally:
            if process.poll() is None:
                # Killing unshare would leave it running: a process that changes its user is not killed with its parent.
                os.kill(first_process(process), signal.SIGKILL)
            process.wait(timeout=30)


def first_process(process: subprocess.Popen[bytes]) -> int:
    """The number, on this machine, of the process that has number 1 inside."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1, children
    return int(children[0])


def status_of(pid: int) -> dict[str, str]:
    """The kernel's description of a process: `Uid`, `CapEff`, `NoNewPrivs`, `NSpid` and so on."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def files_below(root: Path) -> dict[str, tuple[int, int, int]]:
    """Mode, size and time of change of everything below a folder, without following links."""
    found: dict[str, tuple[int, int, int]] = {}
    for folder, folders, names in os.walk(root):
        for name in (*folders, *names):
            path = os.path.join(folder, name)
            info = os.lstat(path)
            found[os.path.relpath(path, root)] = (info.st_mode, info.st_size, info.st_mtime_ns)
    return found


def bytes_below(root: Path) -> int:
    """The size of all files below a folder; of a file with several names once."""
    sizes = {}
    for folder, _, names in os.walk(root):
        for name in names:
            info = os.lstat(os.path.join(folder, name))
            sizes[info.st_dev, info.st_ino] = info.st_size
    return sum(sizes.values())
