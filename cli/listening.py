"""The socket that a command serves on.

It imports little, because the process that starts the serving ones stays small.
"""

import errno
import socket

import typer


def listen(host: str, port: int, option: str = "--port") -> socket.socket:
    """Return a socket with this address, which accepts connections once a server listens on it.

    Ends the command if the address isn't available. `option` is the one that chooses the port.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        is_taken = error.errno == errno.EADDRINUSE
        reason = f"it is taken. Choose another one with {option}" if is_taken else error.strerror
        typer.echo(f"Can't listen on port {port} of {host}: {reason}.", err=True)
        raise typer.Exit(1) from None
    return listener
