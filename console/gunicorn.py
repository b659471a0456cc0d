"""How the console is served: `gunicorn -c console/gunicorn.py console.wsgi`.

A page takes 15 to 30 ms of processor time and otherwise waits for the API, so a worker has many threads. Python runs
one of them at a time, so there is a worker for each core. Half of a worker's threads may wait for the API at once. With
128 people who send requests without a pause, at 200 ms of API latency, on two cores, 2 x 64 threads refuse up to one
page in ten, because the workers share the people unevenly; 2 x 192 refuse none or very few. Threads are created when
they are needed, so a high maximum costs nothing. `make bench` measures this; docs/sizing.md says what to change.
"""

import atexit
import contextlib
import ctypes
import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

from console.environment import bind_check, env_bool, env_int, env_text

M_ARENA_MAX = -8  # from malloc.h

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = env_int("WEB_CONCURRENCY", min(os.cpu_count() or 2, 4), least=1, most=64)
threads = env_int("WEB_THREADS", 192, least=2, most=512)
# Every worker's threads may each hold one kept-alive connection of the proxy.
worker_connections = 1000
keepalive = 15  # seconds; longer than a proxy waits between two requests of one person
# The API has 20 s for a whole call, and a page makes a few; a thread that takes longer than this is stuck.
timeout = 90
# A change that was sent is recorded before the worker ends.
graceful_timeout = 30
# Nothing is known to leak, and restarting a worker during a change leaves an unknown result.
max_requests = 0
# The application is loaded once, before the workers fork: they share its memory, and a wrong setting stops the start
# with one line.
preload_app = True
# Proxies whose X-Forwarded-Proto is trusted: by default the one on this machine.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
# The console writes one line for each request itself, with its id.
accesslog = None
errorlog = "-"
loglevel = "warning"
proc_name = "xerotier-console"
# The control socket would be in the home folder, which a service does not have and several consoles would share.
control_socket_disable = True
# Heartbeat files are in memory: a slow disk would stall the workers.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108


# With /metrics on, each worker counts in a file of its own in this folder, which the page adds up. It is new for each
# start, below PROMETHEUS_MULTIPROC_DIR or the folder for temporary files; a reload of this file keeps it.
METRICS_FOLDER = "xerotier-console-metrics-"


def metrics_folder_make() -> None:
    """Make the folder and name it to prometheus_client, which reads the variable when it is first imported."""
    given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if given and Path(given).name.startswith(METRICS_FOLDER) and Path(given).is_dir():
        return
    folder = tempfile.mkdtemp(prefix=METRICS_FOLDER, dir=given)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    atexit.register(metrics_folder_remove, folder, os.getpid())


def metrics_folder_remove(folder: str, owner: int) -> None:
    """Workers run this too when they end, and must leave the folder to the others."""
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


if env_text("METRICS_TOKEN"):
    metrics_folder_make()


def child_exit(_server: object, worker: object) -> None:
    """What a worker that ended had in progress is over; what it counted stays."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)  # type: ignore[attr-defined]


def when_ready(_server: object) -> None:
    """Exempt what is loaded from garbage collection, because it stays until the end.

    Collecting less often also halves the time for a list of 10,000 models, whose reading would trigger many runs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    if sys.platform == "linux":
        # Otherwise each of many threads has its own heap, and memory that one has freed cannot be used by another.
        with contextlib.suppress(AttributeError):  # only glibc has this
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def on_starting(server: object) -> None:
    """Refuse to serve a development console beyond this machine."""
    bind_check(server.cfg.bind, debug=env_bool("DEBUG"))  # type: ignore[attr-defined]
