// Go's cgo over the same callees. Runs with GODEBUG=cgocheck=0 too.
package main

/*
#cgo CFLAGS: -O2 -I..
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include "ffibench.h"

extern int64_t goInc(int64_t);
extern int goCompare(void *, void *);
static int64_t apply_go(int32_t n) { return fb_apply(n, goInc); }
static void qsort_go(int32_t *p, size_t n) { qsort(p, n, 4, (int (*)(const void *, const void *))goCompare); }
static int fmt_go(char *out, size_t n, const char *fmt, int a, const char *s, double d) { return snprintf(out, n, fmt, a, s, d); }
*/
import "C"

import (
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"
)

func bench(name string, per float64, f func(n int)) {
	n, best := 1000, 1e300
	for done := 0; done < 3; {
		t0 := time.Now()
		f(n)
		t := float64(time.Since(t0).Nanoseconds())
		if t < 5e7 {
			n *= 4
			continue
		}
		done++
		if t/float64(n) < best {
			best = t / float64(n)
		}
	}
	fmt.Printf("%s %.2f\n", name, best/per)
}

//export goInc
func goInc(x C.int64_t) C.int64_t { return x + 1 }

var compares int

//export goCompare
func goCompare(a, b unsafe.Pointer) C.int {
	compares++
	x, y := *(*int32)(a), *(*int32)(b)
	if x < y {
		return -1
	}
	if x > y {
		return 1
	}
	return 0
}

var sink any
var isink int64

func main() {
	bench("nop", 1, func(n int) {
		for i := 0; i < n; i++ {
			C.fb_nop()
		}
	})
	bench("add_i32", 1, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.fb_add_i32(C.int32_t(i), 2))
		}
	})
	bench("add_i64", 1, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.fb_add_i64(C.int64_t(i), 2))
		}
	})
	var fs float64
	bench("add_f64", 1, func(n int) {
		for i := 0; i < n; i++ {
			fs = float64(C.fb_add_f64(C.double(i), 2.5))
		}
	})
	sink = fs
	bench("add6_i64", 1, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.fb_add6_i64(C.int64_t(i), 2, 3, 4, 5, 6))
		}
	})
	s := "abcdefghijklmnop"
	bench("strlen16", 1, func(n int) { // C.CString copies to C's heap, as the language's strings need
		for i := 0; i < n; i++ {
			cs := C.CString(s)
			isink = int64(C.fb_strlen(cs))
			C.free(unsafe.Pointer(cs))
		}
	})
	buf := make([]int32, 1024)
	bench("sum_i32_16", 1, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.fb_sum_i32((*C.int32_t)(&buf[0]), 16))
		}
	})
	bench("sum_i32_1024", 1, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.fb_sum_i32((*C.int32_t)(&buf[0]), 1024))
		}
	})
	p, q := C.fb_point{1, 2}, C.fb_point{3, 4}
	bench("point", 1, func(n int) {
		for i := 0; i < n; i++ {
			fs = float64(C.fb_point_add(p, q).x)
		}
	})
	ip, iq := C.fb_ipoint{1, 2}, C.fb_ipoint{3, 4}
	bench("ipoint", 1, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.fb_ipoint_add(ip, iq).x)
		}
	})
	qa, qb := C.fb_quad{1, 2, 3, 4}, C.fb_quad{5, 6, 7, 8}
	bench("quad", 1, func(n int) {
		for i := 0; i < n; i++ {
			fs = float64(C.fb_quad_add(qa, qb).a)
		}
	})
	bench("callback", 1000, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.apply_go(1000))
		}
	})
	src, work := make([]int32, 1000), make([]int32, 1000)
	seed := int64(42)
	for i := range src {
		seed = seed * 16807 % 2147483647
		src[i] = int32(seed)
	}
	var t time.Duration
	for i := 0; i < 100; i++ {
		copy(work, src)
		t0 := time.Now()
		C.qsort_go((*C.int32_t)(&work[0]), 1000)
		t += time.Since(t0)
	}
	fmt.Printf("qsort1000 %.2f\n", float64(t.Nanoseconds())/float64(compares))
	fd, _ := os.OpenFile("/dev/null", os.O_WRONLY, 0)
	parts := make([][]byte, 16)
	for i := range parts {
		parts[i] = make([]byte, 64)
	}
	iov := make([]C.struct_iovec, 16)
	var pin runtime.Pinner
	fill := func() {
		for k, b := range parts {
			pin.Pin(&b[0])
			iov[k].iov_base = unsafe.Pointer(&b[0])
			iov[k].iov_len = C.size_t(len(b))
		}
	}
	fill()
	bench("writev16_reuse", 1, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.writev(C.int(fd.Fd()), &iov[0], 16))
		}
	})
	pin.Unpin()
	bench("writev16_build", 1, func(n int) { // pins 16 buffers, fills the array, calls, unpins
		for i := 0; i < n; i++ {
			fill()
			isink = int64(C.writev(C.int(fd.Fd()), &iov[0], 16))
			pin.Unpin()
		}
	})
	out := (*C.char)(C.malloc(64))
	f, h := C.CString("%d %s %.2f"), C.CString("hello")
	bench("snprintf", 1, func(n int) { // cgo can't call variadic functions: through a C shim
		for i := 0; i < n; i++ {
			isink = int64(C.fmt_go(out, 64, f, 42, h, 3.14))
		}
	})
	// A Go pointer inside Go memory handed to C: needs a pin; cgocheck scans it.
	sl := &C.fb_slice{(*C.int32_t)(&buf[0]), 16}
	bench("pin_slice", 1, func(n int) {
		for i := 0; i < n; i++ {
			pin.Pin(&buf[0])
			isink = int64(C.fb_sum_slice(sl))
			pin.Unpin()
		}
	})
	pin.Pin(&buf[0])
	bench("pinned_slice", 1, func(n int) {
		for i := 0; i < n; i++ {
			isink = int64(C.fb_sum_slice(sl))
		}
	})
	pin.Unpin()
}
