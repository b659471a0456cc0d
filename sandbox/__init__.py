"""A stand-in for the API. Standard library only; shares no code with the console."""
