"""How long requests take at a given rate, as h2load's log tells it."""

import os
import pathlib
import subprocess
import tempfile

CONNECTIONS = 64


def percentiles(port, path, rate, seconds, core):
    """Microseconds at the median and at the 99th percentile, and how many requests there were."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log"
        arguments = [
            "h2load", "--h1", f"-c{CONNECTIONS}", "-t1", f"-D{seconds}", "--warm-up-time=1",
            f"--rps={rate / CONNECTIONS:.1f}", f"--log-file={log}",
            f"http://127.0.0.1:{port}{path}",
        ]
        subprocess.run(
            arguments, stdout=subprocess.DEVNULL, timeout=seconds + 30, check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        times = []
        for line in log.read_text().splitlines():
            _, status, microseconds = line.split("\t")
            if status != "200":
                raise RuntimeError(f"an answer with status {status}")
            times.append(int(microseconds))
    times.sort()
    return times[len(times) // 2], times[len(times) * 99 // 100], len(times)
