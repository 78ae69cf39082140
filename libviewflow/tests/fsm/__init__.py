"""Tests of the state machine core."""
