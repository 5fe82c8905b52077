"""The row `p99`: how long requests take at half of what nginx can do, the same rate for all.

A closed loop would ask a slow proxy less often and so flatter it; h2load asks by the clock.
"""

import statistics

import goals
import loads
import rounds
from processes import turns

GOAL = 1.0


def run(proxies, count, seconds, core):
    """Prints every round; returns the claims."""
    small = rounds.WORKS["small"]
    rate = rounds.measure(proxies["nginx"], small, seconds, core).load.rate / 2
    print(f"\np99: GET /small, {loads.CONNECTIONS} connections, {rate:.0f} requests a second")
    print("round  proxy     requests   median us      p99 us")
    servers = [server for name, server in proxies.items() if name in rounds.PLAIN]
    results = {server.name: [] for server in servers}
    for number, server in turns(servers, count):
        times = loads.latencies(server.url("plain", "/small"), rate, seconds, core)
        half, most = times[len(times) // 2], times[len(times) * 99 // 100]
        results[server.name].append(most)
        print(f"{number + 1:5}  {server.name:8} {len(times):9} {half:11} {most:11}", flush=True)
    medians = {name: statistics.median(values) for name, values in results.items()}
    print("medians: " + ", ".join(f"{name} {most:.0f} us" for name, most in medians.items()))
    if "bascule" not in medians:
        return []
    print(f"bascule / haproxy: p99 {medians['bascule'] / medians['haproxy']:.3f}")
    return [goals.ratio("bascule's p99", medians, "nginx", GOAL)]
