"""Reads a model's own files for the values of its editable fields. Pure: bytes in, proposals out, nothing is stored.

Files come from anywhere, so each reader limits how much it reads and refuses what it does not understand.
"""
