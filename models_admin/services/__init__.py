"""What the console does, one module a story; each story asks for its permission itself.

    connecting    listing    reading
    editing, undoing  ->  saving  ->  races (is somebody else saving it?), patching (the PATCH, and what is true then)
    revalidating, settling (its end, seen later)

What they share: `recording` (the activity's row around a change, and the token that makes a form count once),
`edits` (the values of an edit), `attempts` (how often one may guess) and `api` (the client of this process).
"""
