"""The client of the Model Management API. Imports no Django: any script could use it.

    client -> transport (the one door out) -> deadline
           -> answers (an answer is an object or an error)
           -> paging -> columns, parsing (objects become the values of schemas)

`errors` has every way to fail, `limits` every bound, `ids` what may go into an address, `secret` a key in memory.
`fields` are the ten that can be edited; `snippets` writes a request for curl and Python.
"""
