// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Soak serves requests of its own for as long as it is told to, in the ways that make a tracer's
// life hard: goroutines come and go, stacks move, the collector runs, panics are recovered,
// goroutines exit, signals arrive and children are started. It prints how often each function was
// left in which way, one JSON object each, and its resident memory now and then to standard error.
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
}

// count is how often one function was left in each way.
type count struct{ returned, panicked, exited atomic.Int64 }

var handled, parsed, walked, job count

//go:noinline
func handle(r *request) (status int, err error) {
	defer handled.returned.Add(1)
	defer func() {
		if reason := recover(); reason != nil {
			status, err = 500, fmt.Errorf("%s: %v", r.Path, reason)
		}
	}()
	return parse(r, len(r.Body)), nil
}

//go:noinline
func parse(r *request, size int) int {
	left := &parsed.panicked
	defer func() { left.Add(1) }()
	if r.ID%11 == 3 {
		panic("bad request")
	}
	sum := walk(r.ID%200, r.Body)
	left = &parsed.returned
	return 200 + sum%2 + size%2
}

// walk uses enough stack for it to move.
//
//go:noinline
func walk(depth int, body []byte) int {
	left := &walked.panicked
	defer func() { left.Add(1) }()
	var room [128]byte
	room[depth%128] = body[depth%len(body)]
	if depth == 77 {
		panic(fmt.Errorf("depth %d", depth))
	}
	sum := int(room[depth%128])
	if depth > 0 {
		sum += walk(depth-1, body)
	}
	left = &walked.returned
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
	handle(&request{n, fmt.Sprint("/job/", n), make([]byte, 100+n%1000)})
	job.returned.Add(1)
}

func serve(worker int, stop *atomic.Bool, pause time.Duration) {
	for n := worker; !stop.Load(); n += 8 {
		handle(&request{n, fmt.Sprint("/", n), make([]byte, 1000)})
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
	} {
		ends := map[string]int64{}
		for end, n := range map[string]int64{
			"return": c.returned.Load(), "panic": c.panicked.Load(), "goexit": c.exited.Load(),
		} {
			if n > 0 {
				ends[end] = n
			}
		}
		out.Encode(map[string]any{"function": name, "ends": ends})
	}
}
