"""The QR code that all renderers draw."""

from itertools import groupby

from pdf.images import qr_code


def dark_runs(link: str) -> tuple[int, list[tuple[int, int, int]]]:
    """Return the number of modules on a side, and the runs of dark ones.

    A run is its column, its row and its length, counted from the top left.
    """
    rows = qr_code(link)
    runs = []
    for at, row in enumerate(rows):
        column = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                runs.append((column, at, length))
            column += length
    return len(rows), runs
