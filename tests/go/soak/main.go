// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Soak serves requests of its own for as long as it is told to, in the ways that make a tracer's
// life hard: goroutines come and go, stacks move, the collector runs, panics are recovered,
// goroutines exit, signals arrive and children are started. It prints how often each function was
// left in which way, and by panics of which type, one JSON object each.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type request struct {
	ID   int
	Path string
	Body []byte
	// Calls that the panic on its way has ended.
	parsed, walked int
}

// count is how often one function was left in each way.
type count struct{ returned, panicked, exited, jumped atomic.Int64 }

var handled, parsed, walked, job, counted, wrapped count

// panicked counts the calls that panics ended, by function and the panic's type.
var (
	mu       sync.Mutex
	panicked = map[string]map[string]int{"main.parse": {}, "main.walk": {}}
)

type counter interface{ count(n int) int }

type inner struct{ base int }

//go:noinline
func (i *inner) count(n int) int {
	defer counted.returned.Add(1)
	return i.base + n
}

// outer's method is the compiler's: it jumps to inner's.
type outer struct {
	name string
	*inner
}

//go:noinline
func wrap(c counter, n int) int {
	defer wrapped.jumped.Add(1)
	return c.count(n)
}

//go:noinline
func handle(r *request) (status int, err error) {
	defer handled.returned.Add(1)
	defer func() {
		if reason := recover(); reason != nil {
			status, err = 500, fmt.Errorf("%s: %v", r.Path, reason)
			mu.Lock()
			panicked["main.parse"][fmt.Sprintf("%T", reason)] += r.parsed
			panicked["main.walk"][fmt.Sprintf("%T", reason)] += r.walked
			mu.Unlock()
		}
	}()
	return parse(r, len(r.Body)) + wrap(&outer{"outer", &inner{r.ID}}, 0)%2, nil
}

//go:noinline
func parse(r *request, size int) int {
	left := &parsed.panicked
	r.parsed = 1
	defer func() { left.Add(1) }()
	if r.ID%11 == 3 {
		panic("bad request")
	}
	sum := walk(r.ID%200, r)
	left = &parsed.returned
	return 200 + sum%2 + size%2
}

// walk uses enough stack for it to move.
//
//go:noinline
func walk(depth int, r *request) int {
	left := &walked.panicked
	r.walked++
	defer func() { left.Add(1) }()
	var room [128]byte
	// Of some requests the body is too short.
	at := depth
	if r.ID%13 != 5 {
		at %= len(r.Body)
	}
	room[depth%128] = r.Body[at]
	if depth == 77 {
		panic(fmt.Errorf("depth %d", depth))
	}
	sum := int(room[depth%128])
	if depth > 0 {
		sum += walk(depth-1, r)
	}
	left = &walked.returned
	r.walked--
	return sum
}

// work ends its goroutine in one way or the other.
//
//go:noinline
func work(n int, done *sync.WaitGroup) {
	defer done.Done()
	if n%3 == 0 {
		job.exited.Add(1)
		runtime.Goexit()
	}
	handle(&request{ID: n, Path: fmt.Sprint("/job/", n), Body: make([]byte, 100+n%1000)})
	job.returned.Add(1)
}

func serve(worker int, stop *atomic.Bool, pause time.Duration) {
	for n := worker; !stop.Load(); n += 8 {
		handle(&request{ID: n, Path: fmt.Sprint("/", n), Body: make([]byte, 120)})
		if n%4 == 0 {
			var done sync.WaitGroup
			done.Add(1)
			go work(n, &done)
			done.Wait()
		}
		time.Sleep(pause)
	}
}

func disturb(stop *atomic.Bool) {
	signals := make(chan os.Signal, 10)
	signal.Notify(signals, syscall.SIGUSR1)
	var garbage [][]byte
	for n := 0; !stop.Load(); n++ {
		syscall.Kill(os.Getpid(), syscall.SIGUSR1)
		<-signals
		garbage = append(garbage, make([]byte, 1<<20))
		if len(garbage) == 20 {
			garbage = nil
			runtime.GC()
		}
		if n%10 == 0 {
			exec.Command("/bin/true").Run()
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func main() {
	pause := flag.Duration("pause", time.Millisecond, "between requests of each of eight workers")
	flag.Parse()
	fmt.Println("waiting")
	in := bufio.NewReader(os.Stdin)
	in.ReadString('\n')

	var stop atomic.Bool
	var all sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		all.Add(1)
		go func(worker int) {
			defer all.Done()
			serve(worker, &stop, *pause)
		}(worker)
	}
	all.Add(1)
	go func() {
		defer all.Done()
		disturb(&stop)
	}()
	in.ReadString('\n')
	stop.Store(true)
	all.Wait()

	out := json.NewEncoder(os.Stdout)
	for name, c := range map[string]*count{
		"main.handle": &handled, "main.parse": &parsed, "main.walk": &walked, "main.work": &job,
		"main.(*outer).count": &wrapped, "main.(*inner).count": &counted,
	} {
		ends := map[string]int64{}
		for end, n := range map[string]int64{
			"return": c.returned.Load(), "panic": c.panicked.Load(), "goexit": c.exited.Load(),
			"tailcall": c.jumped.Load(),
		} {
			if n > 0 {
				ends[end] = n
			}
		}
		out.Encode(map[string]any{"function": name, "ends": ends, "panics": panicked[name]})
	}
}
