"""What the console costs, measured: `python -m tests.bench`, or `make bench`."""
