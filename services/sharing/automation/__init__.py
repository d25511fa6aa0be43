"""Which views are those of programs: link previews, mail scanners and prefetching browsers."""
