"""Access control: callers and their scopes (`callers`), and the checks that every request passes (`guard`).

Reading is open and writing is closed, unless the settings say otherwise.
"""
