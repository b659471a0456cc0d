"""`python -m sandbox --port N`: the sandbox API on its own, until Ctrl-C."""

import argparse
import signal
import sys
import threading

from .seed import PROJECTS
from .seed_gaps import COUNT
from .server import start

OPTIONAL = {
    "endpoints": "the optional list of endpoints",
    "sharing": "the optional routes that share models",
    "versions": "the optional routes of versions",
    "uploads": "the optional routes of upload sessions",
}


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        running = start(
            port=options.port,
            host=options.host,
            dialect=options.dialect,
            models=options.models,
            latency=options.latency,
            validation=options.validation,
            rate_limit=options.rate_limit,
            gaps=options.gaps,
            **{name: getattr(options, name) for name in OPTIONAL},
        )
    except (OSError, ValueError) as exc:
        print(f"sandbox: {exc}", file=sys.stderr)
        return 1
    print(f"Sandbox API ({options.dialect} dialect) at {running.url}")
    for project in PROJECTS:
        count = 44 if project.models is None else project.models
        if project is PROJECTS[0] and options.models is not None:
            count = options.models
        if project is PROJECTS[0] and options.gaps:
            count = COUNT
        print(f"  project {project.id:<12} key {project.key:<32} {count} models", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        running.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A stand-in for the Xerotier API.")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--dialect", choices=("document", "openai"), default="document")
    parser.add_argument("--models", type=int, help="models in the first project (44)")
    parser.add_argument(
        "--gaps",
        action="store_true",
        help="200 models with mistakes in the first project, for trying out checks",
    )
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="delay of every response")
    parser.add_argument(
        "--validation", type=float, default=2.0, metavar="SECONDS", help="how long a validation takes"
    )
    for name, what in OPTIONAL.items():
        parser.add_argument(
            f"--{name}", choices=("off", "on", "forbidden"), default="off", help=f"{what} (off)"
        )
    parser.add_argument("--rate-limit", type=int, default=0, metavar="N", help="requests per minute and key")
    return parser


if __name__ == "__main__":
    sys.exit(main())
