// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Wrapped passes an error that wraps another one, with a text in front that grows from call to
// call until no room is left for what follows; and prints what it passed, one JSON object per call.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

type values map[string]any

type truth struct {
	Function string `json:"function"`
	Args     values `json:"args"`
}

var hits int

//go:noinline
func take(err error, after []int) { hits++ }

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')
	out := json.NewEncoder(os.Stdout)
	after := []int{1, 2, 3}
	for n := 0; n < 800; n++ {
		err := fmt.Errorf("%s%w", strings.Repeat("x", n), errors.New("the inner text"))
		take(err, after)
		out.Encode(truth{"main.take", values{"text": err.Error(), "after": after}})
	}
}
