"""A stand-in for the API, for development and tests. Standard library only; shares no code with the console."""
