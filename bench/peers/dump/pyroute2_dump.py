#!/usr/bin/python3
"""Reads all links of the current namespace so often; prints how many there were and the microseconds of each time."""
import sys, time
from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkDumpInterrupted
with IPRoute() as ipr:
    left = int(sys.argv[1])
    while left:
        t = time.monotonic()
        try:
            n = len(list(ipr.get_links()))
        except NetlinkDumpInterrupted:      # pyroute2 0.7 raises; the caller has to dump again
            continue
        print(n, f"{(time.monotonic() - t) * 1e6:.1f}")
        left -= 1
