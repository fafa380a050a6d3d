// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Floats hands floats over in registers, from many goroutines at once, while the collector runs
// and goroutines are preempted, and prints the bits of each: one JSON object per call, by path.
// Every call has a number, its parameter n.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
)

const goroutines = 8

type call struct {
	Function string            `json:"function"`
	N        int               `json:"n"`
	Bits     map[string]string `json:"bits"`
}

// Inner has floats between other things.
type Inner struct {
	N int32
	F float32
	S string
}

// Point is in registers whole: three floats, two of them in a struct of its own.
type Point struct {
	X  float64
	In Inner
	Z  complex64
}

var (
	special = []uint64{
		0, 1 << 63, // zeros
		1, 1<<63 | 1, 0x000fffffffffffff, 0x0010000000000000, // denormals, and the least normal
		0x7ff0000000000000, 0xfff0000000000000, // infinities
		0x7ff8000000000001, 0x7ff0000000000001, 0xfff8dead00000000, 0x7ff4000020000000, // NaNs
		0x7fefffffffffffff, 0x3ff0000000000000, 0x3fb999999999999a,
	}
	sink  int64
	atEnd = func() {}
	calls sync.Mutex
	made  []call
)

func main() {
	count, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	stop := make(chan bool)
	var busy, done sync.WaitGroup
	disturb(stop, &busy)
	for id := 0; id < goroutines; id++ {
		id := id
		done.Add(1)
		go func() {
			defer done.Done()
			for i := 0; i < count; i++ {
				one(id*count + i)
			}
		}()
	}
	done.Wait()
	close(stop)
	busy.Wait()

	atEnd()
	w := bufio.NewWriter(os.Stdout)
	out := json.NewEncoder(w)
	for _, each := range made {
		out.Encode(each)
	}
	w.Flush()
}

// disturb has the collector run, and goroutines that are preempted where they stand.
func disturb(stop chan bool, busy *sync.WaitGroup) {
	busy.Add(2)
	go func() {
		defer busy.Done()
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	go func() {
		defer busy.Done()
		for {
			select {
			case <-stop:
				return
			default:
				spin(100000)
			}
		}
	}()
}

//go:noinline
func spin(n int) {
	x := 0
	for i := 0; i < n; i++ {
		x += i ^ n
	}
	atomic.AddInt64(&sink, int64(x))
}

// random gives bits that look random: splitmix64.
func random(n int) uint64 {
	z := uint64(n)*0x9e3779b97f4a7c15 + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func f64(n, k int) float64 {
	bits := random(16*n + k)
	if bits%4 == 0 {
		bits = special[bits>>8%uint64(len(special))]
	}
	return math.Float64frombits(bits)
}

func f32(n, k int) float32 {
	bits := uint32(random(16*n + k))
	if bits%4 == 0 {
		bits = uint32(special[uint64(bits>>8)%uint64(len(special))] >> 32)
	}
	return math.Float32frombits(bits)
}

type bits map[string]string

func (b bits) f64(path string, x float64) { b[path] = fmt.Sprintf("%016x", math.Float64bits(x)) }
func (b bits) f32(path string, x float32) { b[path] = fmt.Sprintf("%08x", math.Float32bits(x)) }
func (b bits) c128(path string, x complex128) {
	b[path] = fmt.Sprintf("%016x %016x", math.Float64bits(real(x)), math.Float64bits(imag(x)))
}
func (b bits) c64(path string, x complex64) {
	b[path] = fmt.Sprintf("%08x %08x", math.Float32bits(real(x)), math.Float32bits(imag(x)))
}

func tell(function string, n int, b bits) {
	calls.Lock()
	made = append(made, call{"main." + function, n, b})
	calls.Unlock()
}

func one(n int) {
	x, y, c, d := f64(n, 1), f32(n, 2), complex(f64(n, 3), f64(n, 4)), complex(f32(n, 5), f32(n, 6))

	b := bits{}
	b.f64("args.x", x)
	b.f32("args.y", y)
	b.c128("args.c", c)
	b.c64("args.d", d)
	rx, ry, rc, rd := Scalars(x, n, y, c, d)
	b.f64("results.rx", rx)
	b.f32("results.ry", ry)
	b.c128("results.rc", rc)
	b.c64("results.rd", rd)
	tell("Scalars", n, b)

	p := Point{X: x, In: Inner{N: int32(n), F: y, S: "text"}, Z: d}
	b = bits{}
	b.f64("args.p.X", x)
	b.f32("args.p.In.F", y)
	b.c64("args.p.Z", d)
	q := InStruct(p, n)
	b.f64("results.~r0.X", q.X)
	b.f32("results.~r0.In.F", q.In.F)
	b.c64("results.~r0.Z", q.Z)
	tell("InStruct", n, b)

	b = bits{}
	b.f64("args.x", x)
	b.f32("args.y", y)
	b.f64("results.~r0", Spilled(n, x, y))
	tell("Spilled", n, b)

	b = bits{}
	b.f64("args.x", x)
	b.f64("results.~r0", (&p).Branches(n, x))
	tell("(*Point).Branches", n, b)

	if n%16 == 0 {
		b = bits{}
		b.f64("args.x", x)
		done := make(chan float64)
		go func() { done <- Deep(n, x) }()
		b.f64("results.~r0", <-done)
		tell("Deep", n, b)
	}
}

//go:noinline
func Scalars(x float64, n int, y float32, c complex128, d complex64) (rx float64, ry float32, rc complex128, rd complex64) {
	return real(c), imag(d), complex(imag(c), x), complex(y, real(d))
}

//go:noinline
func InStruct(p Point, n int) Point {
	p.In.N += int32(n)
	return p
}

// Spilled calls something while it still needs its floats, so even optimised code stores them.
//
//go:noinline
func Spilled(n int, x float64, y float32) float64 {
	spin(n % 5)
	if n%2 == 0 {
		return x
	}
	return float64(y)
}

//go:noinline
func (p *Point) Branches(n int, x float64) float64 {
	k := 7
	if n > 100 {
		k = n
	}
	spin(k % 5)
	if k == 3 {
		return p.X
	}
	return x
}

// Deep makes its stack grow and move.
//
//go:noinline
func Deep(n int, x float64) float64 {
	var room [1 << 14]byte
	room[n%len(room)] = 1
	spin(int(room[3]))
	if room[n%len(room)] == 0 {
		return 0
	}
	return x
}
