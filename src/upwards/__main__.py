"""Run the command as ``python -m upwards``."""

from upwards.cli import main

main()
