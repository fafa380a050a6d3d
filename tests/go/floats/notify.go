// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

//go:build notify

package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// init does with signals what the second argument says, and tells in the end how many came.
func init() {
	signals := make(chan os.Signal, 1<<20)
	switch os.Args[2] {
	case "urg":
		signal.Notify(signals, syscall.SIGURG)
	case "every":
		signal.Notify(signals)
	case "other":
		signal.Notify(signals, syscall.SIGUSR1)
	case "ignored":
		signal.Ignore(syscall.SIGURG)
	}
	atEnd = func() { fmt.Fprintln(os.Stderr, "signals:", len(signals)) }
}
