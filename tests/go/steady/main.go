// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Steady does the same work over and over, checks itself, and prints one digest and ends
// with status 7, whenever it is told to stop: its output and status cannot depend on how
// long it ran or on who watched, unless a watcher changed what it computes.
//
// It ends when standard input does, or brings a second line. The number of rounds, which
// does depend on time, goes to standard error.
package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"hash"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	workers = 8
	tasks   = 6 // calls of mix by each worker in a round
	status  = 7
)

func main() {
	fmt.Println("waiting")
	input := bufio.NewReader(os.Stdin)
	input.ReadString('\n')

	var stopped int32
	go func() {
		input.ReadString('\n')
		atomic.StoreInt32(&stopped, 1)
	}()

	first, rounds := round(), 1
	for ; atomic.LoadInt32(&stopped) == 0; rounds++ {
		if again := round(); again != first {
			fmt.Printf("round %d: digest %x, first %x\n", rounds, again, first)
			os.Exit(1)
		}
		// A garbage collection moves and shrinks the stacks of the next round.
		if rounds%16 == 0 {
			runtime.GC()
		}
		if rounds%100 == 0 {
			fmt.Fprintf(os.Stderr, "%d rounds\n", rounds)
		}
	}
	fmt.Printf("digest %x\n", first)
	fmt.Fprintf(os.Stderr, "%d rounds, %d calls of mix\n", rounds, rounds*workers*tasks)
	os.Exit(status)
}

// round has every worker mix its tasks, and digests what they got in a fixed order.
func round() (digest [sha256.Size]byte) {
	var texts [workers][tasks]string
	var done sync.WaitGroup
	for w := 0; w < workers; w++ {
		done.Add(1)
		go func(w int) {
			defer done.Done()
			for t := 0; t < tasks; t++ {
				number, text := mix(w, t, strings.Repeat("seed ", t+1))
				texts[w][t] = fmt.Sprint(number, text)
			}
		}(w)
	}
	done.Wait()

	sum := sha256.New()
	for _, row := range texts {
		for _, text := range row {
			sum.Write([]byte(text))
		}
	}
	sum.Sum(digest[:0])
	return digest
}

// mix works with strings, the heap, a deferred call, floats and a stack that must grow.
//
//go:noinline
func mix(worker, task int, seed string) (number int, text string) {
	defer func() { number = number*2 + 1 }()
	words := strings.Fields(seed)
	lengths := map[string]int{}
	for i, word := range words {
		lengths[fmt.Sprint(word, i%3)] += len(word) + i
	}
	ratio := float64(worker+1) / float64(task+3)
	sum := sha256.New()
	descend(sum, 4+task, seed)
	runtime.Gosched()
	return len(lengths)*1000 + int(ratio*1e6), fmt.Sprintf("%s %.17g %x", words[task], ratio, sum.Sum(nil))
}

// descend uses two kilobytes of stack a level and feeds them to the digest.
//
//go:noinline
func descend(sum hash.Hash, n int, seed string) {
	var frame [2048]byte
	for i := range frame {
		frame[i] = byte(i*n) ^ seed[i%len(seed)]
	}
	if n > 0 {
		descend(sum, n-1, seed)
	}
	sum.Write(frame[:])
}
