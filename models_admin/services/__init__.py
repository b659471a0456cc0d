"""What the console does: one module for each operation. Each operation checks its permission itself.

    listing, reading, activity      show models and what was changed here
    editing, undoing                change one field; `concurrency` finds simultaneous saves
    revalidating, deleting          `reconcile` records later how they ended
    selection, jobs, job_run        change many models; `job_items` uses the operations above
    checks, details                 find mistakes in metadata
    connecting, team, preferences   keys, accounts and the columns of the list

All changes go through `audit`, which writes the activity's row before the call, and use the client in `client`.
"""
