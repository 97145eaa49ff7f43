/* The callees of the FFI benchmark: as small as they can be, so that what is
 * measured is the call. Build: cc -O2 -shared -fPIC -o libffibench.so ffibench.c */
#include "ffibench.h"

void fb_nop(void) { __asm__ volatile(""); }
int32_t fb_add_i32(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
int64_t fb_add_i64(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
double fb_add_f64(double a, double b) { return a + b; }
int64_t fb_add6_i64(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) { return a + b + c + d + e + f; }

size_t fb_strlen(const char *s) {
    const char *p = s;
    while (*p) p++;
    return (size_t)(p - s);
}

int64_t fb_sum_i32(const int32_t *p, size_t n) {
    int64_t s = 0;
    for (size_t i = 0; i < n; i++) s += p[i];
    return s;
}

int64_t fb_sum_slice(const fb_slice *s) { return fb_sum_i32(s->p, s->n); }

/* GCC 12 at -O2 would pack the two sums through the stack, which stalls for ten nanoseconds. */
__attribute__((optimize("no-tree-slp-vectorize")))
fb_point fb_point_add(fb_point a, fb_point b) { return (fb_point){a.x + b.x, a.y + b.y}; }
fb_ipoint fb_ipoint_add(fb_ipoint a, fb_ipoint b) { return (fb_ipoint){a.x + b.x, a.y + b.y}; }
fb_quad fb_quad_add(fb_quad a, fb_quad b) { return (fb_quad){a.a + b.a, a.b + b.b, a.c + b.c, a.d + b.d}; }

int64_t fb_apply(int32_t n, fb_fn fn) {
    int64_t s = 0;
    for (int32_t i = 0; i < n; i++) s += fn(i);
    return s;
}
