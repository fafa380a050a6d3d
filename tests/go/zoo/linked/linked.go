// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Package linked makes the zoo a program with C code in it, where cgo is on. Package main
// itself cannot hold C: it holds assembly.
package linked
