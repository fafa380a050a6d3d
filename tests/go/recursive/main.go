// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Recursive calls functions with values of types that hold slices of themselves.
package main

import (
	"bufio"
	"fmt"
	"os"
)

// Node holds nodes.
type Node struct {
	Name string
	Kids []Node
}

// Loop holds nothing but itself.
type Loop []Loop

// Street holds houses, which hold streets.
type Street struct {
	Name   string
	Houses []House
}

// House is the other half of Street.
type House struct {
	Number int
	Beside [1][]Street
}

//go:noinline
func walk(n Node) string { return n.Name }

//go:noinline
func loop(l Loop, node *Node) int { return len(l) + len(node.Kids) }

//go:noinline
func stroll(s []Street) int { return len(s) }

//go:noinline
func hold(v any) bool { return v != nil }

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	leaf := Node{"leaf", []Node{}}
	twig := Node{"twig", []Node{leaf, {"bud", nil}}}
	branch := Node{"branch", []Node{twig}}
	tree := Node{"tree", []Node{branch}}
	streets := []Street{{"A", []House{{1, [1][]Street{{{"B", []House{{2, [1][]Street{nil}}}}}}}}}}
	fmt.Println(walk(tree), loop(Loop{{{{}}}, nil}, &tree), stroll(streets), hold(tree), hold(&twig))
}
