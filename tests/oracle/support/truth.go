// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"time"
)

const truthDepth = 8

type values map[string]any

var (
	out   = json.NewEncoder(os.Stdout)
	goid  = currentGoid()
	ticks int
)

func currentGoid() (id int) {
	text := make([]byte, 64)
	fmt.Sscanf(string(text[:runtime.Stack(text, false)]), "goroutine %d ", &id)
	return id
}

func show(function string, args, results values) {
	out.Encode(values{"function": "main." + function, "goid": goid, "args": args, "results": results})
}

// showHidden shows a call with what it has beside its arguments: variables that a closure captured,
// of which a record may lack some, and type arguments.
func showHidden(function string, args, results, captured values, typeArgs ...string) {
	call := values{"function": "main." + function, "goid": goid, "args": args, "results": results}
	call["captured"] = captured
	call["type_args"] = typeArgs
	out.Encode(call)
}

// truth says what a value is, as reflect sees it; p points to it. Objects with one-letter keys
// say which kind it is, and judge.py knows them.
func truth(p any) any {
	return tell(reflect.ValueOf(p).Elem(), 0)
}

func tell(v reflect.Value, depth int) any {
	if depth > truthDepth {
		return values{"cut": true}
	}
	switch v.Type() {
	case reflect.TypeOf(time.Time{}):
		at := *(*time.Time)(v.Addr().UnsafePointer())
		return values{"t": at.UTC().Format(time.RFC3339Nano)}
	}
	if said, ok := special(v); ok {
		return said
	}
	switch v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return v.Uint()
	case reflect.Float32:
		return values{"f": fmt.Sprintf("%08x", math.Float32bits(float32(v.Float())))}
	case reflect.Float64:
		return values{"f": fmt.Sprintf("%016x", math.Float64bits(v.Float()))}
	case reflect.Complex64, reflect.Complex128:
		return values{"c": fmt.Sprint(v.Complex())}
	case reflect.String:
		return values{"s": base64.StdEncoding.EncodeToString([]byte(v.String()))}
	case reflect.Struct:
		fields := []any{}
		for i := 0; i < v.NumField(); i++ {
			if name := v.Type().Field(i).Name; name != "_" {
				fields = append(fields, []any{name, tell(v.Field(i), depth)})
			}
		}
		return values{"o": fields}
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return values{"b": base64.StdEncoding.EncodeToString(v.Bytes())}
		}
		told := elements(v, depth)
		told["size"] = v.Type().Elem().Size()
		told["self"] = holdsItself(v.Type().Elem())
		return told
	case reflect.Array:
		return elements(v, depth)
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return values{"p": tell(v.Elem(), depth+1), "size": v.Type().Elem().Size()}
	case reflect.UnsafePointer:
		if v.IsNil() {
			return nil
		}
		return values{"x": true}
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		return values{"m": values{"len": v.Len()}}
	case reflect.Chan:
		if v.IsNil() {
			return nil
		}
		return values{"m": values{"len": v.Len(), "cap": v.Cap()}}
	case reflect.Func:
		if v.IsNil() {
			return nil
		}
		return values{"m": runtime.FuncForPC(v.Pointer()).Name()}
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return dynamic(v, depth)
	}
	panic("no truth for " + v.Type().String())
}

func elements(v reflect.Value, depth int) values {
	all := []any{}
	for i := 0; i < v.Len(); i++ {
		all = append(all, tell(v.Index(i), depth))
	}
	return values{"a": all}
}

// holdsItself tells of a type whether its values hold slices of its own values.
func holdsItself(t reflect.Type) bool {
	seen := map[reflect.Type]bool{}
	var leads func(from reflect.Type) bool
	leads = func(from reflect.Type) bool {
		var parts []reflect.Type
		switch from.Kind() {
		case reflect.Slice, reflect.Array:
			parts = append(parts, from.Elem())
		case reflect.Struct:
			for i := 0; i < from.NumField(); i++ {
				parts = append(parts, from.Field(i).Type)
			}
		}
		for _, part := range parts {
			if part == t {
				return true
			}
			if !seen[part] {
				seen[part] = true
				if leads(part) {
					return true
				}
			}
		}
		return false
	}
	return leads(t)
}

// dynamic says what an interface holds: its type, a value that is no object, an error's text.
func dynamic(v reflect.Value, depth int) any {
	// A copy, since what an interface holds has no address.
	held := reflect.New(v.Elem().Type()).Elem()
	held.Set(exported(v).Elem())
	said := values{"i": held.Type().String(), "v": tell(held, depth+1)}
	said["error"] = v.Type() == reflect.TypeOf((*error)(nil)).Elem()
	if err, ok := held.Interface().(error); ok {
		said["e"] = base64.StdEncoding.EncodeToString([]byte(err.Error()))
		said["w"] = wrapped(err)
	}
	return said
}

// wrapped says what an error wraps, as errors.Unwrap and, since Go 1.20, errors.Is see it.
func wrapped(err error) []any {
	var inner []error
	switch of := err.(type) {
	case interface{ Unwrap() error }:
		inner = []error{of.Unwrap()}
	case interface{ Unwrap() []error }:
		inner = of.Unwrap()
	}
	all := []any{}
	for i := range inner {
		if inner[i] != nil {
			all = append(all, dynamic(reflect.ValueOf(&inner[i]).Elem(), 0))
		}
	}
	return all
}
