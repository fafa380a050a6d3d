// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

func callCode() {
	for n := 0; n < 10; n++ {
		show("Sw", values{"n": n}, values{"~r0": Sw(n)})
	}
	deeply("HugeFrame", func() []int { return []int{HugeFrame(3)} }, 3)
	deeply("StackCopyDuring", func() []int { return []int{StackCopyDuring(2)} }, 2)
	deeply("DeepRec", func() []int {
		var sums []int
		for n, last := 0, DeepRec(1000); n <= 1000; n++ {
			sums = append(sums, last-(1000-n))
		}
		return sums
	}, 0)

	sum = small(sum) + small2(sum)
	if never() {
		var lock sync.RWMutex
		fmt.Println(again(5), lock.TryRLock())
	}
}

// deeply calls f on a goroutine of its own, whose stack has not grown yet; its results
// are those of calls with arguments that begin at first.
func deeply(function string, f func() []int, first int) {
	done := make(chan bool)
	go func() {
		for i, result := range f() {
			show(function, values{"n": first + i}, values{"~r0": result})
		}
		done <- true
	}()
	<-done
}

// Sw has a jump table, and a return in each case.
//
//go:noinline
func Sw(n int) string {
	switch n {
	case 0:
		return strconv.Itoa(n + 1)
	case 1:
		return fmt.Sprint(n)
	case 2:
		return "two" + strconv.Itoa(n)
	case 3:
		return strconv.Itoa(n) + "three"
	case 4:
		return fmt.Sprintf("%d", n)
	case 5:
		return strconv.Quote("five")
	case 6:
		return "six"
	case 7:
		return fmt.Sprint("seven", n)
	case 8:
		return fmt.Sprint("eight", len(os.Args) > 20)
	}
	return strconv.Itoa(-n)
}

// HugeFrame has the stack check that guards against wrap-around.
//
//go:noinline
func HugeFrame(n int) int {
	var b [100000]byte
	fill(b[:], n)
	return int(b[n])
}

//go:noinline
func fill(b []byte, n int) {
	for i := range b {
		b[i] = byte(n + i)
	}
}

// DeepRec returns n.
//
//go:noinline
func DeepRec(n int) int {
	if n == 0 {
		return 0
	}
	return DeepRec(n-1) + 1
}

// StackCopyDuring is on another stack when it returns.
//
//go:noinline
func StackCopyDuring(n int) int { return n + stackUser(2000) }

//go:noinline
func stackUser(n int) int {
	if n == 0 {
		return 0
	}
	return stackUser(n-1) + 1
}

// small is inlined everywhere.
func small(n int) int { return n ^ 1 }

// small2 is inlined where it is called by name.
func small2(n int) int { return n*3 + 1 }

var (
	sum   int
	again = small2
)

// dead is never called.
func dead(n int) int { return n - 1 }
