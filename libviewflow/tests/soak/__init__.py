"""The crash tests: many processes run while their workers and web servers are killed at random.

Their own commands, outside of the test suite: ``make soak`` with a flow made for it, ``make crash``
with a generated project, ``make crowd`` with many people instead of kills.
"""
