// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package main

import (
	"fmt"
	"math/big"
	"math/rand"
	"net"
	"net/netip"
	"reflect"
)

// UUID is what uuid packages have.
type UUID [16]byte

func (u UUID) MarshalText() ([]byte, error) {
	return []byte(fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])), nil
}

var (
	ipType     = reflect.TypeOf(net.IP{})
	numberType = reflect.TypeOf(big.Int{})
	addrType   = reflect.TypeOf(netip.Addr{})
	portType   = reflect.TypeOf(netip.AddrPort{})
	uuidType   = reflect.TypeOf(UUID{})
)

// special says what encoding/json makes of a value with a text of its own.
func special(v reflect.Value) (any, bool) {
	switch v.Type() {
	case ipType, numberType, addrType, portType, uuidType:
		return values{"j": exported(v).Addr().Interface()}, true
	}
	return nil, false
}

func setSpecial(v reflect.Value) bool {
	switch v.Type() {
	case ipType:
		ip := net.IP(octets([]int{0, 4, 16}[chance.Intn(3)]))
		if chance.Intn(4) == 0 {
			ip = net.IPv4(10, 0, byte(chance.Intn(256)), 1)
		}
		v.SetBytes(ip)
	case numberType:
		number := v.Addr().Interface().(*big.Int)
		number.Rand(rand.New(rand.NewSource(chance.Int63())), new(big.Int).Lsh(big.NewInt(1), uint(chance.Intn(1000))))
		if chance.Intn(3) == 0 {
			number.Neg(number)
		}
	case addrType:
		v.Set(reflect.ValueOf(addr()))
	case portType:
		v.Set(reflect.ValueOf(netip.AddrPortFrom(addr(), uint16(word()))))
	default:
		return false
	}
	return true
}

// octets are often zero, as in addresses.
func octets(n int) []byte {
	var bytes []byte
	for i := 0; i < n; i++ {
		bytes = append(bytes, byte(chance.Intn(2)*chance.Intn(256)))
	}
	return bytes
}

// addr is none, of IPv6, of IPv4, or the same in IPv6.
func addr() (a netip.Addr) {
	switch chance.Intn(6) {
	case 0:
	case 1:
		a = netip.AddrFrom4([4]byte{192, 0, 2, byte(chance.Intn(256))})
	case 2:
		a = netip.AddrFrom16(netip.AddrFrom4([4]byte{10, 0, 0, byte(chance.Intn(256))}).As16())
	default:
		a = netip.AddrFrom16(fixed(octets(16)))
	}
	if a.IsValid() && chance.Intn(3) == 0 {
		a = a.WithZone([]string{"eth0", "lo"}[chance.Intn(2)])
	}
	return a
}

func fixed(bytes []byte) (all [16]byte) {
	copy(all[:], bytes)
	all[0] |= 0x20
	return all
}

type holder struct{ n int }

func (h holder) run()   { ticks += h.n }
func (h *holder) stop() { h.n++ }
func named()            { ticks++ }
func function() (f func()) {
	n := chance.Intn(9)
	return []func(){named, holder{n}.run, (&holder{n}).stop, func() { ticks += n }}[chance.Intn(4)]
}

// N0 and N1 share their code with int16 and string.
type (
	N0 int16
	N1 string
)

// kept makes instances differ in what they need of their types.
var kept any

// use has a variable kept whole.
//
//go:noinline
func use[T any](v T) { ticks++ }

// touch makes the compiler keep a parameter.
//
//go:noinline
func touch[T any](v *T) { ticks++ }
