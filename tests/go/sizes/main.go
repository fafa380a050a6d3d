// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Print how Go lays types out: "name size align offset..." per line, offsets for structs.
//
// The test reads the declarations below from this file and compares. One per line, and
// every one in the list of main.
package main

import (
	"os"
	"reflect"
	"strconv"
	"unsafe"
)

type Bool bool
type Int int
type Int8 int8
type Int16 int16
type Int32 int32
type Int64 int64
type Uint uint
type Byte byte
type Uint16 uint16
type Rune rune
type Uint64 uint64
type Uintptr uintptr
type Float32 float32
type Float64 float64
type Complex64 complex64
type Complex128 complex128
type String string
type Unsafe unsafe.Pointer
type Pointer *Tree
type Slice []Tree
type Map map[string]Tree
type Chan chan Tree
type Func func(Tree) Tree
type Any any
type Error error
type Methods interface{ M(int) error }
type Array0 [0]int64
type Array3 [3]int16
type ArrayArray [2][3]Mixed
type ArrayEmpty [1_000_000]struct{}
type Empty struct{}
type One struct{ A int8 }
type Mixed struct { A int8; B int64; C int16; D int32; E bool }
type Tail struct { A int32; Z struct{} }
type TailByte struct { A byte; Z [0]byte }
type TailWord struct { A int64; Z [0]int64 }
type TailEmpties struct { A int16; Y struct{}; Z struct{} }
type TailWide struct { A int8; Z [0]int64 }
type Head struct { Z struct{}; A int32 }
type Middle struct { A int8; Z [0]int64; B int8 }
type OnlyEmpties struct { A struct{}; B [0]int32; C [4]struct{} }
type InTail struct { A int8; T Tail; B int8; E OnlyEmpties }
type Complexes struct { A bool; B complex64; C bool; D complex128 }
type Words struct { A byte; S string; B byte; L []int; C byte; E error; D byte; F func() }
type Blank struct { _ int8; A int32; _ [3]byte; _ int64 }
type Embeds struct { Mixed; *Tree; Int16; B byte }
type Tree struct { Left, Right *Tree; Kids []Tree; ByName map[string]Tree; Walk func(Tree) Tree; Value Mixed }
type Chain Chain2
type Chain2 Chain3
type Chain3 struct { A int8; B Int16 }
type Time struct { wall uint64; ext int64; loc *Tree }
type Inline struct { A struct { B int8; C struct { D int16; E int8 } }; F int8 }

func show(types ...reflect.Type) {
	for _, t := range types {
		line := t.Name() + " " + strconv.Itoa(int(t.Size())) + " " + strconv.Itoa(t.Align())
		if t.Kind() == reflect.Struct {
			for i := 0; i < t.NumField(); i++ {
				line += " " + strconv.Itoa(int(t.Field(i).Offset))
			}
		}
		os.Stdout.WriteString(line + "\n")
	}
}

func of[T any]() reflect.Type {
	return reflect.TypeOf((*T)(nil)).Elem()
}

func main() {
	show(
		of[Bool](), of[Int](), of[Int8](), of[Int16](), of[Int32](), of[Int64](), of[Uint](),
		of[Byte](), of[Uint16](), of[Rune](), of[Uint64](), of[Uintptr](), of[Float32](),
		of[Float64](), of[Complex64](), of[Complex128](), of[String](), of[Unsafe](),
		of[Pointer](), of[Slice](), of[Map](), of[Chan](), of[Func](), of[Any](), of[Error](),
		of[Methods](), of[Array0](), of[Array3](), of[ArrayArray](), of[ArrayEmpty](),
		of[Empty](), of[One](), of[Mixed](), of[Tail](), of[TailByte](), of[TailWord](),
		of[TailEmpties](), of[TailWide](), of[Head](), of[Middle](), of[OnlyEmpties](),
		of[InTail](), of[Complexes](), of[Words](), of[Blank](), of[Embeds](), of[Tree](),
		of[Chain](), of[Chain2](), of[Chain3](), of[Time](), of[Inline](),
	)
}
