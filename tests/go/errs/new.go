// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

//go:build go1.20

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Errors that Go before 1.20 does not have.
func init() {
	_, missing := os.Open("/no/such/file")
	more = []error{
		errors.Join(io.EOF, missing, syscall.ENOENT),
		errors.Join(errors.New("only")),
		fmt.Errorf("both: %w and %w", missing, fs.ErrClosed),
		fmt.Errorf("joined: %w", errors.Join(io.EOF, &own{3})),
		errors.Join(io.EOF, &own{4}),
	}
}
