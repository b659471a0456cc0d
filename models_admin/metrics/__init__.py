"""What the console counts for Prometheus. Nothing here is imported unless METRICS_TOKEN is set."""
