// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Covered prints how often each function of a package was called, as Go's own coverage profile
// says: {"text/template.New": 3, ...}, by the names that the linker gives them.
//
//	covered IMPORT-PATH PROFILE FILE.go...
//
// A function's calls are the passes through its first block, -covermode count or atomic.
// Function literals and functions without statements are left out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"strings"
)

type position struct{ line, column int }

func (p position) before(q position) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

type block struct {
	begin position
	count int
}

func main() {
	blocks, err := profile(os.Args[2])
	if err == nil {
		err = print(os.Args[1], blocks, os.Args[3:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// profile reads a profile's blocks, by the base names of their files.
func profile(name string) (map[string][]block, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	blocks := map[string][]block{}
	lines := bufio.NewScanner(file)
	lines.Scan() // mode: atomic
	for lines.Scan() {
		at := strings.LastIndex(lines.Text(), ":")
		base := path.Base(lines.Text()[:at])
		var b block
		var endLine, endColumn, statements int
		_, err := fmt.Sscanf(lines.Text()[at+1:], "%d.%d,%d.%d %d %d",
			&b.begin.line, &b.begin.column, &endLine, &endColumn, &statements, &b.count)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", lines.Text(), err)
		}
		blocks[base] = append(blocks[base], b)
	}
	return blocks, lines.Err()
}

func print(importPath string, blocks map[string][]block, names []string) error {
	calls := map[string]int{}
	files := token.NewFileSet()
	for _, name := range names {
		file, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok || function.Body == nil || len(function.Body.List) == 0 {
				continue
			}
			place := func(pos token.Pos) position {
				at := files.Position(pos)
				return position{at.Line, at.Column}
			}
			first, ok := firstOf(blocks[path.Base(name)], place(function.Body.Lbrace), place(function.Body.Rbrace))
			// A package has many functions init; those called _ have no code.
			if ok && function.Name.Name != "init" && function.Name.Name != "_" {
				calls[importPath+"."+symbol(function)] = first.count
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(calls)
}

// firstOf finds the block that begins first between two places.
func firstOf(blocks []block, begin, end position) (first block, ok bool) {
	for _, b := range blocks {
		inside := !b.begin.before(begin) && b.begin.before(end)
		if inside && (!ok || b.begin.before(first.begin)) {
			first, ok = b, true
		}
	}
	return first, ok
}

// symbol gives a function's name behind its package, as the linker writes it.
func symbol(function *ast.FuncDecl) string {
	name := function.Name.Name
	if function.Recv == nil {
		if function.Type.TypeParams != nil {
			name += "[...]"
		}
		return name
	}
	receiver := function.Recv.List[0].Type
	star, pointer := receiver.(*ast.StarExpr)
	if pointer {
		receiver = star.X
	}
	parameters := ""
	switch generic := receiver.(type) {
	case *ast.IndexExpr:
		receiver, parameters = generic.X, "[...]"
	case *ast.IndexListExpr:
		receiver, parameters = generic.X, "[...]"
	}
	typeName := receiver.(*ast.Ident).Name + parameters
	if pointer {
		typeName = "(*" + typeName + ")"
	}
	return typeName + "." + name
}
