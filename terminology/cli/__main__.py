"""`python -m terminology.cli`."""

from terminology.cli.main import main

main()
