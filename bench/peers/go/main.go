// Peer "go": vishvananda/netlink + netns.  usage: go-netlink N X [workers]
// or: go-netlink dump TIMES (reads all links; prints how many there were and the microseconds of each time)
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "go-netlink:", err)
		os.Exit(1)
	}
}

var key = "go"

func nsname(i int) string { return "pb-" + key + strconv.Itoa(i) }

func worker(first, step, n, x, br int, gw net.IP) {
	runtime.LockOSThread()
	home, err := netns.Get()
	must(err)
	host, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	must(err)
	for i := first; i <= n; i += step {
		ns, err := netns.NewNamed(nsname(i)) // this thread is now inside
		must(err)
		must(netns.Set(home))
		la := netlink.NewLinkAttrs()
		la.Name, la.MasterIndex, la.Flags = "pb"+key+strconv.Itoa(i), br, net.FlagUp
		must(host.LinkAdd(&netlink.Veth{LinkAttrs: la, PeerName: "eth0", PeerNamespace: netlink.NsFd(ns)}))
		h, err := netlink.NewHandleAt(ns, unix.NETLINK_ROUTE)
		must(err)
		must(h.LinkSetUp(&netlink.Device{LinkAttrs: netlink.LinkAttrs{Index: 1}}))
		eth0, err := h.LinkByName("eth0")
		must(err)
		must(h.LinkSetUp(eth0))
		must(h.AddrAdd(eth0, &netlink.Addr{IPNet: &net.IPNet{
			IP: net.IPv4(10, byte(x), byte(i/250), byte(i%250+2)), Mask: net.CIDRMask(16, 32)}}))
		must(h.RouteAdd(&netlink.Route{LinkIndex: eth0.Attrs().Index, Gw: gw}))
		h.Delete()
		must(ns.Close())
	}
	host.Delete()
	home.Close()
}

func dump(times int) {
	h, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	must(err)
	for k := 0; k < times; k++ {
		t := time.Now()
		links, err := h.LinkList()
		must(err)
		fmt.Printf("%d %.1f\n", len(links), float64(time.Since(t).Nanoseconds())/1e3)
	}
}

func main() {
	if os.Args[1] == "dump" {
		times, _ := strconv.Atoi(os.Args[2])
		dump(times)
		return
	}
	n, _ := strconv.Atoi(os.Args[1])
	x, _ := strconv.Atoi(os.Args[2])
	workers := 1
	if len(os.Args) > 3 {
		workers, _ = strconv.Atoi(os.Args[3])
		key = "gp"
	}
	t := time.Now()
	gw := net.IPv4(10, byte(x), 0, 1)
	la := netlink.NewLinkAttrs()
	la.Name = "pb" + key + "-br"
	br := &netlink.Bridge{LinkAttrs: la}
	must(netlink.LinkAdd(br))
	must(netlink.AddrAdd(br, &netlink.Addr{IPNet: &net.IPNet{IP: gw, Mask: net.CIDRMask(16, 32)}}))
	must(netlink.LinkSetUp(br))
	var wg sync.WaitGroup
	for w := 0; w < workers; w++ {
		wg.Add(1)
		go func(w int) { defer wg.Done(); worker(w+1, workers, n, x, br.Attrs().Index, gw) }(w)
	}
	wg.Wait()
	fmt.Printf("CREATE %d us\n", time.Since(t).Microseconds())
	bufio.NewReader(os.Stdin).ReadString('\n')
	t = time.Now()
	for i := 1; i <= n; i++ {
		must(netns.DeleteNamed(nsname(i)))
	}
	must(netlink.LinkDel(br))
	fmt.Printf("DESTROY %d us\n", time.Since(t).Microseconds())
}
