// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Rebuild is built again by the tests with another step: nearly the same program, whose
// old tracer must refuse it.
package main

import (
	"bufio"
	"fmt"
	"os"
)

const step = 1000

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')
	for n := 0; n < 10; n++ {
		fmt.Println(advance(n))
	}
}

//go:noinline
func advance(n int) int {
	if n < 0 {
		return 0
	}
	return n*step + 1
}
