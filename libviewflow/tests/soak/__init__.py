"""The crash test: many processes run while their workers and web servers are killed at random.

Its own command, outside of the test suite: ``make soak``, or ``python -m tests.soak --help``.
"""
