"""The QR code of those who have none of their own: all draw the same one."""

from itertools import groupby

from pdf.images import qr_code


def dark_stretches(link: str) -> tuple[int, list[tuple[int, int, int]]]:
    """Return how many modules a side has, and where dark ones follow each other.

    A stretch is its column, its row and its length, counted from the top left.
    """
    rows = qr_code(link)
    found = []
    for at, row in enumerate(rows):
        column = 0
        for dark, stretch in groupby(row):
            length = len(list(stretch))
            if dark:
                found.append((column, at, length))
            column += length
    return len(rows), found
