"""``python -m agent`` is ``wispwatch``."""

from agent.cli import main

main()
