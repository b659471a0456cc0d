"""The client of the Model Management API. It imports no Django: any script could use it.

    client -> transport -> deadline         sends a request, within a deadline
           -> responses                     reads an answer as a JSON object or an error
           -> paging -> lists, model_list   collects the pages of a list
           -> parsing -> schemas            reads JSON objects as models and other values

`errors` has every way to fail, `limits` every limit, `ids` what may be part of an address, `secret` a key in memory,
`pasted` cleans what people paste. `fields` are the ten that can be edited; `snippets` writes a request for curl and
Python.
"""
