"""The app: a console for one API, without a copy of the API's data.

    xerotier/    the API's client; knows nothing of Django
    services/    what the console does, and who may do it
    screens/     what each page shows
    views/       what is asked, and what is answered

A person's key: `vault` seals it, `connections` keeps it in the session and opens it for one request.
Changes: `models` has the activity's rows, `activity` reads them, `tokens` makes a form count once.
The list: `query` is what an address asks for, `selecting` finds it.
A field's value: `numbers` and `values` read what was typed, compare it and put it in words; `forms` takes it.
Failures: `causes` has the sentences, `explain` chooses among them, `problems` answers with them.
Text: `text` shows what is hidden, `formats` writes for people, `storable` makes it fit for any database.
"""
