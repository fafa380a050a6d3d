// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

type point struct{ X, Y int }

// wide is held by reference, as it has more than 128 bytes.
type wide struct{ Words [17]int }

var (
	steps   [5]func(int) int
	results [5]int
)

// enclose's closures hold what nobody changes by value, and the rest by reference.
//
//go:noinline
func enclose(s string, n int8, ratio float64, p *point) {
	total, half, names := 0, float32(0.5), []string{"a", "bc"}
	big, changed := wide{}, point{1, 2}
	big.Words[3] = 7
	table := squares(len(s))
	steps[0] = func(i int) int {
		calls++
		if ratio > 100 {
			return int(ratio)
		}
		return i + sum(s) + widen(n) + p.X
	}
	steps[1] = func(i int) int {
		calls++
		total += i
		half *= 2
		names = append(names, s)
		return total + int(half) + len(names)
	}
	steps[2] = func(i int) int {
		calls++
		total *= 2
		return i + big.Words[i] + total
	}
	steps[3] = func(total int) int {
		calls++
		return total + p.Y
	}
	steps[4] = func(i int) int {
		calls++
		changed.X += i + table[i&3]
		return changed.X
	}
	for i := range steps {
		for _, n := range []int{3, 5} {
			args := values{"i": n}
			switch i {
			case 0:
				args = values{"i": n, "s": s, "n": len(s), "ratio": ratio, "p": *p}
			case 1:
				args = values{"i": n, "total": total, "half": half, "names": append([]string{}, names...), "s": s}
			case 2:
				args = values{"i": n, "total": total, "big": big}
			case 3:
				args = values{"total": n, "p": *p}
			case 4: // nothing tells how table is held, and -N alone keeps a record of it
				args = values{"i": n, "changed": changed}
			}
			if old() && i == 3 {
				args = values{"total": n}
			} else if old() {
				args = values{"i": n}
			}
			results[i] = steps[i](n)
			show("enclose.func"+string(rune('1'+i)), args, values{"~r0": results[i]})
		}
	}
	changed.Y++
	results[0] = changed.Y
}

// sum is called: of variables that only parts are used of, the compiler keeps no record.
//
//go:noinline
func sum(s string) int { return len(s) + int(s[0]) }

//go:noinline
func squares(n int) [4]int { return [4]int{n * n, n, 1, 0} }

//go:noinline
func widen(n int8) int { return int(n) }

func callClosures() {
	enclose("text", 4, 2.25, &point{10, 20})
	enclose("longer", 6, -0.125, &point{-1, -2})
}
