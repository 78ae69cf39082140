"""Drawings of graphs: layout, measure, SVG and the map of a page. Pure Python below everything.

A graph is any set of objects with ``name``, ``task_type``, ``task_title`` and ``_outgoing()``:
the nodes of a flow, and the states of a state machine.
"""
