"""Django admin's own list of the same models: what the console is compared with. For the benchmarks alone."""
