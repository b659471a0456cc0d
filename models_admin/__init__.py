"""The app: a console for one API, without a copy of the API's data. docs/architecture.md has its rooms."""
