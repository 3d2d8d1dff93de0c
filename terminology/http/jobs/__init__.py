"""Work that outlives the request that asked for it: uploads, and requests with `Prefer: respond-async`.

`asking` queues jobs and tells about them, `starting` begins a process for each, `running` is that process.
"""
