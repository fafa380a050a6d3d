// SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause

package linked

/*
static int add(int a, int b) { return a + b; }
*/
import "C"

// Sum is 7, as C tells.
var Sum = int(C.add(3, 4))
