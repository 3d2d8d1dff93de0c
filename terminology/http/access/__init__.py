"""Who may do what: callers and their scopes (`callers`), and the gate every request passes (`guard`).

Reading is open, writing is closed, unless settings say otherwise. What is asked for is not decided here.
"""
