// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Special calls functions with values that Go programmers know by their text, and prints what
// encoding/json and fmt make of them: one JSON object per call, shaped like a tracer's record,
// with the text of its arguments beside it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

type values map[string]any

type truth struct {
	Function   string   `json:"function"`
	Goid       int      `json:"goid"`
	Args       values   `json:"args"`
	Results    values   `json:"results"`
	Unreadable []string `json:"unreadable,omitempty"`
	Text       string   `json:"text"`
}

// UUID is what uuid packages have.
type UUID [16]byte

func (u UUID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// IP is none of net's.
type IP struct{ A, B uint8 }

type peer struct {
	Host  netip.Addr
	Old   net.IP
	ID    UUID
	Since time.Month
}

var (
	out  = json.NewEncoder(os.Stdout)
	goid = currentGoid()

	calls int // makes every function longer than its return
)

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	callTimes()
	callBytes()
	callNetip()
	callNumbers()
	callClosures()
	callFuncs()
	callGenerics()
	callShapes()
}

func show(function string, args, results values, unreadable ...string) {
	names := make([]string, 0, len(args))
	for name := range args {
		names = append(names, name)
	}
	sort.Strings(names)
	for i, name := range names {
		names[i] = name + "=" + fmt.Sprint(args[name])
	}
	text := fmt.Sprintf("main.%s(%s)", function, strings.Join(names, ", "))
	out.Encode(truth{"main." + function, goid, args, results, unreadable, text})
}

func currentGoid() (id int) {
	text := make([]byte, 64)
	fmt.Sscanf(string(text[:runtime.Stack(text, false)]), "goroutine %d ", &id)
	return id
}

//go:noinline
func times(d time.Duration, m time.Month, w time.Weekday) time.Month {
	calls++
	return m + 1
}

func callTimes() {
	for i := 0; i < 14; i++ {
		m, w := time.Month(i), time.Weekday(i-3)
		if i < 3 {
			w = time.Weekday(i + 5)
		}
		d := time.Duration(i) * 1000001
		show("times", values{"d": d, "m": m, "w": w}, values{"~r0": times(d, m, w)})
	}
}

//go:noinline
func addresses(a net.IP, b net.IPMask, c net.HardwareAddr) net.IP {
	calls++
	return a
}

//go:noinline
func others(a IP, b UUID, c []UUID, d http.Header) UUID {
	calls++
	return b
}

//go:noinline
func sockets(a *net.TCPAddr, b *net.IPNet) *net.UDPAddr {
	if a == nil {
		return nil
	}
	return &net.UDPAddr{IP: a.IP, Port: a.Port, Zone: a.Zone}
}

func callBytes() {
	ips := []net.IP{
		nil,
		net.IPv4(192, 0, 2, 255),
		net.IPv4(0, 0, 0, 0).To4(),
		net.ParseIP("::"),
		net.ParseIP("::1"),
		net.ParseIP("2001:db8::"),
		net.ParseIP("2001:db8:0:0:1:0:0:1"),
		net.ParseIP("2001:0:0:1:0:0:0:1"),
		net.ParseIP("1:0:3:4:5:6:7:8"),
		net.ParseIP("fe80::1234:5678:9abc:def0"),
	}
	masks := []net.IPMask{nil, net.CIDRMask(20, 32), net.CIDRMask(64, 128), {}}
	macs := []net.HardwareAddr{nil, {0, 1, 2, 0xaa, 0xbb, 0xff}, {1, 2, 3, 4, 5, 6, 7, 8}}
	for i, ip := range ips {
		mask, mac := masks[i%len(masks)], macs[i%len(macs)]
		show("addresses", values{"a": ip, "b": mask, "c": mac}, values{"~r0": addresses(ip, mask, mac)})
	}
	id := UUID{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40}
	header := http.Header{"A": {"b"}, "C": {"d", "e"}}
	show("others", values{"a": IP{1, 2}, "b": id, "c": []UUID{id, {}}, "d": map[string]int{"len": 2}},
		values{"~r0": others(IP{1, 2}, id, []UUID{id, {}}, header)})
	tcp := &net.TCPAddr{IP: ips[9], Port: 443, Zone: "eth0"}
	network := &net.IPNet{IP: net.IPv4(10, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}
	show("sockets", values{"a": tcp, "b": network}, values{"~r0": sockets(tcp, network)})
	show("sockets", values{"a": nil, "b": nil}, values{"~r0": sockets(nil, nil)})
}

//go:noinline
func hosts(a netip.Addr, b netip.AddrPort, c netip.Prefix) netip.Addr {
	calls++
	return a
}

//go:noinline
func peers(a *peer, b []netip.Addr) int {
	calls++
	return len(b)
}

func callNetip() {
	texts := []string{
		"", "::", "::1", "1:2:3:4:5:6:7:8", "2001:db8::1:0:0:1", "fe80::1%eth0", "::ffff:1.2.3.4%lo",
		"192.0.2.7", "0.0.0.0", "::ffff:1.2.3.4",
	}
	for i, text := range texts {
		a, _ := netip.ParseAddr(text)
		var b netip.AddrPort
		if i != 2 {
			b = netip.AddrPortFrom(a, uint16(i*7001))
		}
		c := netip.PrefixFrom(a, i*3)
		args := values{"a": a, "b": b, "c": c}
		show("hosts", args, values{"~r0": hosts(a, b, c)})
	}
	p := &peer{netip.IPv6Unspecified(), net.IPv4(1, 2, 3, 4), UUID{1}, time.May}
	list := []netip.Addr{netip.MustParseAddr("::2%a"), {}, netip.MustParseAddr("::3%bc")}
	show("peers", values{"a": p, "b": list}, values{"~r0": peers(p, list)})
}

func old() bool { return minor() < 23 }

func minor() (minor int) {
	fmt.Sscanf(runtime.Version(), "go1.%d", &minor)
	return minor
}

//go:noinline
func numbers(a *big.Int, b big.Int) *big.Int {
	calls++
	return a
}

func callNumbers() {
	texts := []string{
		"0", "-1", "18446744073709551615", "18446744073709551616", "1000000000000000000",
		"-1000000000000000000000000000000000000", "999999999999999999", strings.Repeat("9", 308),
		"-" + strings.Repeat("1203", 70),
	}
	show("numbers", values{"a": nil, "b": 0}, values{"~r0": numbers(nil, big.Int{})})
	for _, text := range texts {
		a, _ := new(big.Int).SetString(text, 10)
		show("numbers", values{"a": a, "b": a}, values{"~r0": numbers(a, *a)})
	}
	long := new(big.Int).Lsh(big.NewInt(1), 1024)
	show("numbers", values{"a": nil, "b": 1}, values{"~r0": nil}, numbersOf(long)...)
}

func numbersOf(a *big.Int) []string {
	numbers(a, *big.NewInt(1))
	return []string{"args.a", "results.~r0"}
}
