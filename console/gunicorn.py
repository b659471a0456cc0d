"""How the console is served: `gunicorn -c console/gunicorn.py console.wsgi`.

A page waits for the API most of its time, so a worker has many threads; Python runs one at a time, so there is
a worker for each core. Measured on two cores at 200 ms of API latency: 2 workers of 64 threads serve 90 to 110
pages a second at 80 to 120 MB a worker, 2 of 8 threads 56.
"""

import gc
import os

from console import environment as env

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = env.number("WEB_CONCURRENCY", min(os.cpu_count() or 2, 4), least=1, most=64)
threads = env.number("WEB_THREADS", 64, least=2, most=512)
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


def on_starting(server: object) -> None:
    """Refuse to show a development console beyond this machine."""
    env.bind_check(server.cfg.bind, debug=env.switch("DEBUG"))  # type: ignore[attr-defined]
