"""OpenID Connect: a person's browser is sent to the provider, and what comes back is checked here.

`flow` begins and completes a sign-in; `wire`, `configuration`, `id_token` and `claims` are its steps. django-allauth
keeps state and PKCE verifier between the two requests, and the table of who signed in by which provider.
"""
