"""`python -m centre`: the command line."""

from centre.cli import main

main()
