"""The tables of queries and events in Markdown."""

from collections.abc import Mapping

from dev.benchmarks.fanout import Delivery
from dev.benchmarks.joining import Joined
from dev.benchmarks.load import Round
from dev.benchmarks.rounds import Comparison

_LOAD = """
| requests | portal/s | {other}/s | ratio | portal CPU ms | {other} CPU ms | ratio | client CPU ms |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""
_LIVE = """
| until received | portal ms | floor ms | ratio | portal µs | floor µs | ratio | client µs |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""

_JOINING = """
| for each follower | portal | floor | ratio |
| --- | ---: | ---: | ---: |"""


def load_table(results: Mapping[str, Comparison[Round]], other: str) -> str:
    """Return the table of requests per second and CPU time per request.

    `other` is what the portal is compared to.
    """
    lines = [_LOAD.format(other=other)]
    for name, compared in results.items():
        portal, floor, ratio = compared.medians(lambda round_: round_.per_second)
        portal_ms, floor_ms, cpu_ratio = compared.medians(lambda round_: round_.server_ms)
        client_ms, _, _ = compared.medians(lambda round_: round_.client_ms)
        lines.append(
            f"| {name} | {portal:,.0f} | {floor:,.0f} | {ratio:.2f}"
            f" | {portal_ms:.2f} | {floor_ms:.2f} | {cpu_ratio:.2f} | {client_ms:.3f} |"
        )
    return "\n".join(lines)


def live_table(results: Mapping[int, Comparison[Delivery]]) -> str:
    """Return the table of latencies and CPU time per receipt."""
    lines = [_LIVE]
    for followers, compared in results.items():
        noun = "follower" if followers == 1 else "followers"
        portal_us, floor_us, cpu_ratio = compared.medians(lambda delivery: delivery.server_us)
        client_us, _, _ = compared.medians(lambda delivery: delivery.client_us)
        cpu = f"{portal_us:,.0f} | {floor_us:,.0f} | {cpu_ratio:.1f} | {client_us:,.0f}"
        for figure, name in (
            (lambda delivery: delivery.median_ms, "median"),
            (lambda delivery: delivery.p99_ms, "p99"),
            (lambda delivery: delivery.last_ms, "last follower of each event"),
        ):
            portal, floor, ratio = compared.medians(figure)
            lines.append(
                f"| {followers:,} {noun}, {name} | {portal:.1f} | {floor:.1f} | {ratio:.1f}"
                f" | {cpu if name == 'median' else '| | |'} |"
            )
    return "\n".join(lines)


def joining_table(joining: Comparison[Joined], memory: Comparison[Joined]) -> str:
    """Return the table of what followers cost without events."""
    lines = [_JOINING]
    for name, (portal, floor, ratio) in (
        ("CPU µs to join", joining.medians(lambda joined: joined.cpu_us)),
        ("KiB of memory", memory.medians(lambda joined: joined.kib)),
    ):
        lines.append(f"| {name} | {portal:,.0f} | {floor:,.0f} | {ratio:.1f} |")
    return "\n".join(lines)
