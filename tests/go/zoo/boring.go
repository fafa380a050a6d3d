// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

//go:build go1.22 && !go1.24

package main

// Links crypto/internal/boring/sig.StandardCrypto, which is a jump over data.
import "crypto/sha256"

var digest = sha256.Sum256([]byte("zoo"))
