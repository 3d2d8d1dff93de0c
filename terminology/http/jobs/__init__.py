"""Work that outlives its request: uploads, and requests with `Prefer: respond-async`.

`interactions` queues jobs and reports their state, `starting` starts a process for each, `running` is that process.
"""
