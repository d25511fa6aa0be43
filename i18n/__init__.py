"""What clients read in their language: the texts of catalogues, and money and dates in formats.

A language is a BCP 47 tag. One folder per language of the catalogues; English is in the code.
"""
