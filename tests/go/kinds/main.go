// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Kinds calls one function for every way a value can be handed over, and prints what it
// handed over and got back: one JSON object per call, shaped like a tracer's record.
// Addresses are hexadecimal strings. "unreadable" lists the values that float registers
// hold, which a tracer may not be able to read. The last line counts the calls.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

type values map[string]any

type truth struct {
	Function   string   `json:"function"`
	Goid       int      `json:"goid"`
	Args       values   `json:"args"`
	Results    values   `json:"results"`
	Unreadable []string `json:"unreadable,omitempty"`
}

var (
	out    = json.NewEncoder(os.Stdout)
	goid   = currentGoid()
	counts = map[string]int{}
)

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	callIntegers()
	callAddresses()
	callText()
	callStack()
	callFloats()
	callShapes()
	callEnds()

	out.Encode(map[string]any{"counts": counts})
}

// show prints one call; unreadable are paths such as args.f.
func show(function string, args, results values, unreadable ...string) {
	function = "main." + function
	counts[function]++
	out.Encode(truth{function, goid, args, results, unreadable})
}

func currentGoid() (id int) {
	text := make([]byte, 64)
	fmt.Sscanf(string(text[:runtime.Stack(text, false)]), "goroutine %d ", &id)
	return id
}

// address is what the tracer prints for a pointer word: null, or hexadecimal.
func address(p unsafe.Pointer) any {
	if p == nil {
		return nil
	}
	return fmt.Sprintf("%p", p)
}
