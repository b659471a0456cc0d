"""How the console is served: `gunicorn -c console/gunicorn.py console.wsgi`.

A page costs 5 to 7 ms of the processor and waits for the API the rest of its time. So a worker has many threads;
Python runs one of them at a time, so there is a worker for each core. Half of a worker's threads may wait for
the API at once. Measured with 128 people who ask without a pause, at 200 ms of API latency, on two cores: 2 x 64
threads refuse up to one page in ten, as the workers share the people unevenly; 2 x 192 refuse none. A thread is
made when it is needed, so that a ceiling costs nothing; `make bench` takes the figures, docs/sizing.md
what to change.
"""

import contextlib
import ctypes
import gc
import os
import sys

from console.environment import bind_check, env_bool, env_int

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
# A change that was sent is recorded before the worker goes.
graceful_timeout = 30
# Nothing is known to leak, and a worker that restarts in the middle of a change leaves an "unknown" behind.
max_requests = 0
# The application is loaded once, before the workers part: they share its memory, and a setting that is wrong
# stops the start with its one line.
preload_app = True
# Who is believed about https and about the addresses of people: the proxy on this machine, unless told otherwise.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
# The console writes one line a request itself, with its id.
accesslog = None
errorlog = "-"
loglevel = "warning"
proc_name = "xerotier-console"
# Its control socket would lie in a home folder that a service does not have, one for all consoles of a user.
control_socket_disable = True
# Heartbeat files in memory: on a slow disk they would stall the workers.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108


def when_ready(_server: object) -> None:
    """What is loaded now stays until the end: looking through it for garbage again and again would be in vain.

    Rarer looks also halve the time of a list of 10,000 models, whose reading would set off one after the other.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    if sys.platform == "linux":
        # Else each of many threads gets a heap of its own, and memory that one has freed is of no use to another.
        with contextlib.suppress(AttributeError):  # a C library other than glibc has no such switch
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)


def on_starting(server: object) -> None:
    """Refuse to show a development console beyond this machine."""
    bind_check(server.cfg.bind, debug=env_bool("DEBUG"))  # type: ignore[attr-defined]
