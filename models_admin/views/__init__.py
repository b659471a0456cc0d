"""One module a story: who may pass, the form, the service, the answer. Modules that begin with _ serve several."""
