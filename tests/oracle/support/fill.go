// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand"
	"reflect"
	"syscall"
	"time"
	"unsafe"
)

const fillDepth = 5

var chance *rand.Rand

type shape interface{ Area() int }

type square int

func (s square) Area() int { return int(s * s) }

type room struct {
	w, h int
	name string
}

func (r *room) Area() int { return r.w * r.h }

type coded int

func (c coded) Error() string { return fmt.Sprintf("code %d", int(c)) }

type worded string

func (w worded) Error() string { return "worded: " + string(w) }

type detailed struct {
	code int
	text string
}

func (d *detailed) Error() string { return d.text }

// Types that generated ones are made of.
type (
	Byte  byte
	Text  string
	Level int8

	Box[T any] struct {
		held T
		more []T
	}
	Pair[K comparable, V any] struct {
		key   K
		value V
		next  *Pair[K, V]
	}
)

func (l Level) String() string { return "level" }

type branch struct {
	n     int
	twigs []branch
}

// exported gives the same variable without the mark of an unexported field.
func exported(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

// fill gives a random value to what p points to.
func fill(p any) {
	set(reflect.ValueOf(p).Elem(), 0)
}

func set(v reflect.Value, depth int) {
	v = exported(v)
	switch v.Type() {
	case reflect.TypeOf(time.Time{}):
		at := time.Unix(chance.Int63n(4e9), chance.Int63n(1e9))
		if chance.Intn(3) == 0 {
			at = time.Now()
		}
		v.Set(reflect.ValueOf(at))
		return
	}
	if setSpecial(v) {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(chance.Intn(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(word()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(word())
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float64(chance.Intn(4000)-2000) / 8)
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(float64(chance.Intn(99)), float64(chance.Intn(99))/4))
	case reflect.String:
		v.SetString(text())
	case reflect.Struct:
		for i := 0; i < v.NumField(); i++ {
			set(v.Field(i), depth)
		}
	case reflect.Array:
		for i := 0; i < v.Len(); i++ {
			set(v.Index(i), depth)
		}
	case reflect.Slice:
		v.Set(reflect.Zero(v.Type()))
		most := 12
		if holdsItself(v.Type().Elem()) && depth > 0 {
			most = 4
		}
		if depth < fillDepth && chance.Intn(5) > 0 {
			v.Set(reflect.MakeSlice(v.Type(), chance.Intn(most), most))
			for i := 0; i < v.Len(); i++ {
				set(v.Index(i), depth+1)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.Zero(v.Type()))
		if depth < fillDepth && chance.Intn(4) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			set(v.Elem(), depth+1)
		}
	case reflect.UnsafePointer:
		v.SetPointer(nil)
		if chance.Intn(2) == 0 {
			v.SetPointer(unsafe.Pointer(&ticks))
		}
	case reflect.Map:
		v.Set(reflect.Zero(v.Type()))
		if chance.Intn(4) > 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for i := chance.Intn(5); i > 0; i-- {
				key := reflect.New(v.Type().Key()).Elem()
				set(key, fillDepth)
				v.SetMapIndex(key, reflect.New(v.Type().Elem()).Elem())
			}
		}
	case reflect.Chan:
		v.Set(reflect.Zero(v.Type()))
		if chance.Intn(4) > 0 {
			both := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, v.Type().Elem()), 4)
			for i := chance.Intn(5); i > 0; i-- {
				both.Send(reflect.New(v.Type().Elem()).Elem())
			}
			v.Set(both)
		}
	case reflect.Func:
		v.Set(reflect.Zero(v.Type()))
		if chance.Intn(2) == 0 {
			v.Set(reflect.MakeFunc(v.Type(), func([]reflect.Value) []reflect.Value { return nil }))
		} else if chance.Intn(4) > 0 && v.Type() == reflect.TypeOf(named) {
			v.Set(reflect.ValueOf(function()))
		}
	case reflect.Interface:
		v.Set(reflect.Zero(v.Type()))
		if held := dynamicValue(v.Type()); held != nil {
			v.Set(reflect.ValueOf(held))
		}
	}
}

// word gives small numbers, and all bits.
func word() uint64 {
	switch chance.Intn(3) {
	case 0:
		return uint64(chance.Intn(300))
	case 1:
		return -uint64(chance.Intn(300))
	}
	return chance.Uint64()
}

func text() string {
	long := chance.Intn(24)
	if chance.Intn(6) == 0 {
		long = chance.Intn(200)
	}
	bytes := make([]byte, long)
	for i := range bytes {
		bytes[i] = byte(' ' + chance.Intn(95))
		if chance.Intn(40) == 0 {
			bytes[i] = byte(chance.Intn(256))
		}
	}
	return string(bytes)
}

func dynamicValue(of reflect.Type) any {
	errs := []func() any{
		func() any { return errors.New(text()) },
		func() any { return fmt.Errorf("%s: %w", text(), errors.New(text())) },
		func() any { return &fs.PathError{Op: "open", Path: text(), Err: syscall.Errno(1 + chance.Intn(100))} },
		func() any { return &fs.PathError{Op: text(), Path: text(), Err: errors.New(text())} },
		func() any { return syscall.Errno(1 + chance.Intn(100)) },
		func() any { return context.DeadlineExceeded },
		func() any { return context.Canceled },
		func() any { return coded(chance.Intn(1000)) },
		func() any { return worded(text()) },
		func() any { return &detailed{chance.Intn(9), text()} },
	}
	shapes := []func() any{
		func() any { return square(chance.Intn(100)) },
		func() any { return &room{1, 2, text()} },
	}
	others := []func() any{
		func() any { return int(word()) },
		func() any { return int8(word()) },
		func() any { return uint16(word()) },
		func() any { return chance.Intn(2) == 0 },
		func() any { return float64(chance.Intn(100)) / 4 },
		func() any { return float32(chance.Intn(100)) / 4 },
		func() any { return text() },
		func() any { return []byte(text()) },
		func() any { return room{3, 4, text()} },
		func() any { return [2]int{1, 2} },
		func() any { return struct{}{} },
		func() any { return branch{1, []branch{{2, nil}, {3, []branch{{4, nil}}}}} },
		func() any { return map[string]int{"one": 1} },
		func() any { return time.Duration(chance.Intn(1e9)) },
	}
	pool := append(append(others, errs...), shapes...)
	switch {
	case of.NumMethod() == 0:
	case of.Method(0).Name == "Error":
		pool = errs
	default:
		pool = shapes
	}
	if chance.Intn(5) == 0 {
		return nil
	}
	return pool[chance.Intn(len(pool))]()
}
