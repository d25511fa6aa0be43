"""Tests of what operators do, and of schedules."""
