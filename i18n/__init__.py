"""Internationalization: translated texts, and formats of money, dates and numbers.

A language is a BCP 47 tag. `locale/` has a folder for each translation; English is in the code.
"""
