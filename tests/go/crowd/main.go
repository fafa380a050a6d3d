// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Crowd has a thousand goroutines inside work at the same time, on two processors, each
// with its own argument and result, while stacks grow, goroutines change threads and the
// garbage collector runs; then several goroutines recurse a thousand levels deep. It
// prints the truth at the end: one JSON object per call, shaped like a tracer's record.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"unsafe"
)

const levels = 1000

type values map[string]any

type truth struct {
	Function string `json:"function"`
	Goid     int    `json:"goid"`
	Args     values `json:"args"`
	Results  values `json:"results"`
}

var (
	inside sync.WaitGroup       // one for each goroutine of the first round
	open   = make(chan bool)    // closed when all of them are inside work
	result = map[int][]int{}    // deep's results, by tag and level
	moved  int64                // calls of work that saw their stack move
	sink   atomic.Pointer[byte] // keeps the garbage from being optimised away
)

func main() {
	goroutines := flag.Int("goroutines", 1000, "goroutines inside work at a time")
	rounds := flag.Int("rounds", 3, "calls of work each makes")
	divers := flag.Int("divers", 4, "goroutines that recurse")
	flag.Parse()
	runtime.GOMAXPROCS(2)

	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	ended := collectGarbage()
	calls := crowd(*goroutines, *rounds)
	calls = append(calls, dive(*divers)...)
	close(ended)

	out := json.NewEncoder(os.Stdout)
	counts := map[string]int{}
	for _, call := range calls {
		out.Encode(call)
		counts[call.Function]++
	}
	out.Encode(map[string]any{"counts": counts, "moved": moved})
}

func crowd(goroutines, rounds int) []truth {
	calls := make([]truth, goroutines*rounds)
	var done sync.WaitGroup
	inside.Add(goroutines)
	for g := 0; g < goroutines; g++ {
		done.Add(1)
		go func(g int) {
			defer done.Done()
			goid := currentGoid()
			for round := 0; round < rounds; round++ {
				id := round*goroutines + g
				depth, s := 1+id%31, "call "+strconv.Itoa(id)
				number, text := work(id, depth, s)
				calls[id] = truth{"main.work", goid,
					values{"id": id, "depthSeed": depth, "s": s}, values{"~r0": number, "~r1": text}}
			}
		}(g)
	}
	inside.Wait()
	close(open)
	done.Wait()
	return calls
}

// work waits until every goroutine is inside it, then needs far more stack than it has.
//
//go:noinline
func work(id, depthSeed int, s string) (int, string) {
	var here byte
	before := uintptr(unsafe.Pointer(&here))
	select {
	case <-open:
	default:
		inside.Done()
		<-open
	}
	runtime.Gosched()
	number := id*10 + grow(depthSeed)
	if uintptr(unsafe.Pointer(&here)) != before {
		atomic.AddInt64(&moved, 1)
	}
	return number, s + " done"
}

// grow needs one kilobyte a level.
//
//go:noinline
func grow(n int) int {
	var frame [1024]byte
	frame[n] = byte(n)
	if n > 0 {
		return grow(n-1) + int(frame[n]) - n + 1
	}
	runtime.Gosched()
	return int(frame[0])
}

func dive(divers int) []truth {
	calls := make([]truth, divers*levels)
	for tag := 0; tag < divers; tag++ {
		result[tag] = make([]int, levels)
	}
	var done sync.WaitGroup
	for tag := 0; tag < divers; tag++ {
		done.Add(1)
		go func(tag int) {
			defer done.Done()
			goid := currentGoid()
			deep(levels-1, tag)
			for n, number := range result[tag] {
				calls[tag*levels+n] = truth{"main.deep", goid,
					values{"n": n, "tag": tag}, values{"~r0": number}}
			}
		}(tag)
	}
	done.Wait()
	return calls
}

// deep's result is another at every level and for every tag.
//
//go:noinline
func deep(n, tag int) int {
	number := tag + 1
	if n > 0 {
		if n%100 == 0 {
			runtime.Gosched()
		}
		number = (deep(n-1, tag)*31 + n + tag) % 1000003
	}
	result[tag][n] = number
	return number
}

// collectGarbage runs the collector, which also shrinks stacks, until the channel closes.
func collectGarbage() chan<- bool {
	ended := make(chan bool)
	go func() {
		for {
			select {
			case <-ended:
				return
			default:
				garbage := make([]byte, 1<<16)
				sink.Store(&garbage[0])
				runtime.GC()
			}
		}
	}()
	return ended
}

func currentGoid() (id int) {
	text := make([]byte, 64)
	fmt.Sscanf(string(text[:runtime.Stack(text, false)]), "goroutine %d ", &id)
	return id
}
