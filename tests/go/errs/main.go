// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Errs passes errors of Go's own packages to a function, most of them as those packages make
// them, and prints what each says and which types it wraps: one JSON object per call.
package main

import (
	"bufio"
	"compress/flate"
	"context"
	"crypto/aes"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"text/template"
	"time"
)

type values map[string]any

type truth struct {
	Function string `json:"function"`
	Goid     int    `json:"goid"`
	Args     values `json:"args"`
}

// Own is known to nobody: what is wrapped in it, and what wraps it, has no text that can be told.
type own struct{ code int }

func (o *own) Error() string { return fmt.Sprint("own ", o.code) }

var (
	out  = json.NewEncoder(os.Stdout)
	goid = currentGoid()
	more []error
	hits int
)

//go:noinline
func take(err error) { hits++ }

//go:noinline
func takeAny(v any) { hits++ }

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')
	for _, err := range append(all(), more...) {
		take(err)
		show("take", err)
	}
	for _, f := range faults() {
		v := recovered(f)
		takeAny(v)
		show("takeAny", v.(error))
	}
}

func show(function string, err error) {
	types := []string{}
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		types = append(types, reflect.TypeOf(inner).String())
	}
	out.Encode(truth{"main." + function, goid, values{"text": err.Error(), "types": types}})
}

func of[T any](_ T, err error) error { return err }

func cidr(_ net.IP, _ *net.IPNet, err error) error { return err }

func recovered(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

func all() []error {
	dial := net.Dialer{}
	late, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	<-late.Done()
	gone, stop := context.WithCancel(context.Background())
	stop()
	cancel()
	v6 := &net.TCPAddr{IP: net.ParseIP("fe80::1:0:0:2"), Port: 80, Zone: "eth0"}
	v4 := &net.UDPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 53}
	bad := exec.Command("sh", "-c", "exit 3").Run()
	found := []error{
		errors.New("plain"), errors.New(""), fmt.Errorf("wrapped: %w", io.ErrUnexpectedEOF),
		io.EOF, io.ErrClosedPipe, io.ErrShortWrite, io.ErrNoProgress, fs.ErrNotExist,
		os.ErrProcessDone, os.ErrDeadlineExceeded, os.ErrInvalid, context.Canceled,
		context.DeadlineExceeded, late.Err(), gone.Err(), http.ErrServerClosed,
		of(os.Open("/no/such/file")), of(os.ReadDir("/no/such\nfolder")),
		os.Rename("/no/such/old", "/no/such/new"), os.NewSyscallError("epoll_wait", syscall.EINTR),
		&os.PathError{Op: "a", Path: "b", Err: fmt.Errorf("c: %w", &os.SyscallError{Syscall: "d", Err: syscall.EBADF})},
		of(dial.DialContext(gone, "tcp", "127.0.0.1:9")), of(net.Dial("tcp", "127.0.0.1:1")),
		of(net.Dial("none", "127.0.0.1:1")), of(net.Dial("tcp", "127.0.0.1")),
		of(net.Dial("unix", "/no/such/socket")), of(net.Dial("tcp", "[::1")),
		&net.OpError{Op: "read", Net: "tcp", Source: v4, Addr: v6, Err: &net.DNSError{Err: "no such host", Name: "x.test", Server: "1.1.1.1:53"}},
		&net.OpError{Op: "write", Source: v6, Err: os.ErrDeadlineExceeded},
		&net.OpError{Op: "close", Net: "udp", Addr: &net.TCPAddr{Port: 7}, Err: syscall.ENOTCONN},
		&net.DNSError{Err: "timed out", Name: "y.test"}, net.InvalidAddrError("no address"),
		cidr(net.ParseCIDR("10.0.0.0/64")), of(url.Parse("http://a b/")), of(url.Parse("%zz")),
		of(url.Parse("http://[::1")), of(url.QueryUnescape("%4")), of(http.Get("http://127.0.0.1:1/x?y=1")),
		of(strconv.Atoi("12a")), of(strconv.ParseInt("99999999999999999999", 0, 64)),
		of(strconv.ParseBool("a\"b\\c\td\x01\a\n")), of(exec.LookPath("no-such-program")),
		exec.Command("/no/such/program").Run(), bad,
		json.Unmarshal([]byte("{x"), &struct{}{}), json.Unmarshal([]byte("{"), &struct{}{}),
		of(json.Marshal(func() {})), of(hex.DecodeString("0g")), of(base64.StdEncoding.DecodeString("a")),
		of(csv.NewReader(strings.NewReader("a,b\nc\n")).ReadAll()),
		of(csv.NewReader(strings.NewReader("a\"b\n")).ReadAll()),
		of(csv.NewReader(strings.NewReader("x\n\"a\nb")).ReadAll()),
		xml.Unmarshal([]byte("<a><b></a>"), &struct{}{}), xml.UnmarshalError("no element"),
		asn1.SyntaxError{Msg: "bad"}, asn1.StructuralError{Msg: "worse"},
		of(io.ReadAll(http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("abc")), 2))),
		http.ErrNotSupported, textproto.ProtocolError("bad header"), &textproto.Error{Code: 7, Msg: "seven"},
		&textproto.Error{Code: 550, Msg: "no mailbox"}, of(http.ReadResponse(bufio.NewReader(strings.NewReader("HTTP/1.1 2\n")), nil)),
		of(time.Parse(time.RFC3339, "today")), of(time.Parse(time.RFC3339, "2020-13-01T00:00:00Z")),
		of(time.Parse("2006", "20\"20")), tls.RecordHeaderError{Msg: "first record does not look like TLS"},
		x509.ConstraintViolationError{}, x509.UnhandledCriticalExtension{}, x509.SystemRootsError{},
		x509.SystemRootsError{Err: errors.New("no roots")}, of(aes.NewCipher([]byte("short"))),
		of(io.ReadAll(flate.NewReader(strings.NewReader("\xff\xff")))), flate.InternalError("bad"),
		of(user.Lookup("no-such-user")), of(user.LookupId("123456")), of(user.LookupGroup("no-such-group")),
		of(regexp.Compile("a(b")), of(netip.ParseAddr("1.2.3")), of(netip.ParseAddr("1:2%")),
		template.Must(template.New("t").Parse("{{.X}}")).Execute(io.Discard, struct{}{}),
		errors.New(strings.Repeat("long ", 100)),
		&fs.PathError{Op: "open", Path: strings.Repeat("long/", 100), Err: syscall.EIO},
		&own{7}, &fs.PathError{Op: "stat", Path: "f", Err: &own{8}}, fmt.Errorf("over: %w", &own{9}),
		fmt.Errorf("%w", fmt.Errorf("b: %w", fmt.Errorf("c: %w", fs.ErrExist))),
	}
	for number := syscall.Errno(0); number < 140; number++ {
		found = append(found, number)
	}
	kept := found[:0]
	for _, err := range found {
		if err != nil {
			kept = append(kept, err)
		}
	}
	return kept
}

func faults() []func() {
	var (
		at    = len(os.Args) + 4
		s     = make([]int, len(os.Args))
		none  map[string]int
		empty any
		text  any = "text"
		small     = int8(-at)
	)
	return []func(){
		func() { s[at]++ }, func() { s[small]++ }, func() { _ = s[:at] }, func() { _ = s[at:] },
		func() { _ = s[:1:at][0] }, func() { _ = "text"[at:] }, func() { _ = s[at : at-1] },
		func() { _ = (*[4]int)(s) }, func() { none["x"] = 1 }, func() { s[0] /= at - 5 },
		func() { _ = empty.(string) }, func() { _ = text.(int) }, func() { _ = text.(error) },
		func() { _ = empty.(error) }, func() { var p *own; p.code++ }, func() { _ = make([]int, at-99) },
	}
}

func currentGoid() (id int) {
	text := make([]byte, 64)
	fmt.Sscanf(string(text[:runtime.Stack(text, false)]), "goroutine %d ", &id)
	return id
}
