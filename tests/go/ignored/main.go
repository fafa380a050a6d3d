// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// The stack of each goroutine grows as its first call begins. A function that ignores every
// argument does not get back those that were in registers, as it needs none of them.
package main

import (
	"bufio"
	"fmt"
	"os"
)

var ticks int

//go:noinline
func fill(room *[4096]byte) { ticks += int(room[ticks&4095]) }

//go:noinline
func all(a int, s string, large [3]int) {
	var room [4096]byte
	fill(&room)
}

//go:noinline
func some(a int, s string, large [3]int) int {
	var room [4096]byte
	fill(&room)
	return len(s)
}

type meters int

//go:noinline
func each[P any](a P, s string) {
	var room [4096]byte
	fill(&room)
}

// It has no stack to grow.
//
//go:noinline
func leaf(a int, s string, large [3]int) { ticks++ }

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')
	done := make(chan bool)
	for i := 0; i < 20; i++ {
		go func(i int) { all(i, "text", [3]int{i, 1, 2}); done <- true }(i)
		<-done
		go func(i int) { some(i, "text", [3]int{i, 1, 2}); done <- true }(i)
		<-done
		go func(i int) { each(i, "text"); done <- true }(i)
		<-done
		go func(i int) { each(meters(i), "text"); done <- true }(i)
		<-done
		go func(i int) { leaf(i, "text", [3]int{i, 1, 2}); done <- true }(i)
		<-done
	}
}
