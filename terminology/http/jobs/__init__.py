"""Work that outlives its request: uploads, and requests with `Prefer: respond-async`.

`asking` queues jobs and reports their state, `starting` starts a process for each, `running` is that process.
"""
