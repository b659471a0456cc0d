"""The project: settings, servers, addresses, logs. Wiring only."""
