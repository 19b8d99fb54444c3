#!/usr/bin/python3
"""Peer "mininet" 2.3: Mininet(topo single,N, LinuxBridge, no controller). usage: mn.py N X
The namespaces belong to the host processes (one bash in mnexec each) and have no name in /run/netns; the
interface in a namespace is pbh<i>-eth0. Prints where they are, for the checks.
"""
import resource, subprocess, sys, time
import mininet.net, mininet.util
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import Topo

N, X = int(sys.argv[1]), int(sys.argv[2])
now = time.monotonic
mininet.util.fixLimits = mininet.net.fixLimits = lambda: None   # do not touch the machine's sysctls
resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
setLogLevel("error")


class Single(Topo):
    def build(self):
        sw = self.addSwitch("pbmn1")
        for i in range(1, N + 1):
            h = self.addHost(f"pbh{i}", ip=f"10.{X}.{i // 250}.{i % 250 + 2}/16", defaultRoute=f"via 10.{X}.0.1")
            self.addLink(h, sw)


t = now()
net = Mininet(topo=Single(), switch=LinuxBridge, controller=None, build=False)
net.build()
net.start()
subprocess.run(["ip", "addr", "add", f"10.{X}.0.1/16", "dev", "pbmn1"], check=True)
end = now()
for h in net.hosts:
    print(f"INSIDE /proc/{h.pid}/ns/net")
print(f"CREATE {(end - t) * 1e6:.0f} us", flush=True)
sys.stdin.readline()
t = now()
net.stop()
print(f"DESTROY {(now() - t) * 1e6:.0f} us", flush=True)
