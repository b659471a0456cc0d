"""`python -m console.healthcheck`: exits with 0 if this machine's console answers. Containers have no curl."""

import http.client
import os
import sys


def main() -> int:
    host, _, port = os.environ.get("BIND", "127.0.0.1:8000").rpartition(":")
    name = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".") or "localhost"
    if ":" in name and not name.startswith("["):
        name = f"[{name}]"  # an IPv6 address as a Host header has it
    everywhere = host in {"", "[::]"} or host.startswith("0.")
    connection = http.client.HTTPConnection("127.0.0.1" if everywhere else host, int(port), timeout=3)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return int(connection.getresponse().status != http.client.OK)
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
