// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

// Zoo holds one function for every shape of signature and of code that gogen tells apart,
// calls each, and prints what it handed over and got back: one JSON object per call, shaped
// like a tracer's record, with the values that are numbers, texts or addresses. The last
// line counts the calls that returned.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"unsafe"

	_ "zoo/linked"
)

type values map[string]any

var counts = map[string]int{}

func main() {
	fmt.Println("waiting")
	bufio.NewReader(os.Stdin).ReadString('\n')

	callRegisters()
	callStack()
	callBlanks()
	callFloats()
	callWords()
	callGenerics()
	callMethods()
	callCode()
	callEnds()

	total := values{}
	for name, count := range counts {
		total[name] = count
	}
	fmt.Printf("{\"counts\":%s}\n", object(total))
}

// never is false, and the compiler cannot tell.
func never() bool { return len(os.Args) > 20 }

// show prints one call of this goroutine.
func show(function string, args, results values, unreadable ...string) {
	showAs(currentGoid(), function, args, results, unreadable...)
}

// showAs prints one call of a goroutine; unreadable are paths such as args.f.
func showAs(goid int, function string, args, results values, unreadable ...string) {
	function = "main." + function
	counts[function]++
	for i := range unreadable {
		unreadable[i] = strconv.Quote(unreadable[i])
	}
	fmt.Printf("{\"function\":%q,\"goid\":%d,\"args\":%s,\"results\":%s,\"unreadable\":[%s]}\n",
		function, goid, object(args), object(results), strings.Join(unreadable, ","))
}

// object writes JSON without encoding/json, which would take most of the time to build.
func object(all values) string {
	var members []string
	for name, value := range all {
		members = append(members, fmt.Sprintf("%q:%s", name, member(value)))
	}
	sort.Strings(members)
	return "{" + strings.Join(members, ",") + "}"
}

// member writes the zoo's own values: its texts are plain ASCII.
func member(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(v)
	case unsafe.Pointer:
		return fmt.Sprintf("\"%p\"", v)
	default:
		return fmt.Sprint(v)
	}
}

func currentGoid() (id int) {
	text := make([]byte, 64)
	fmt.Sscanf(string(text[:runtime.Stack(text, false)]), "goroutine %d ", &id)
	return id
}
