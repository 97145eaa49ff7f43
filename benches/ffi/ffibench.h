#ifndef FFIBENCH_H
#define FFIBENCH_H
#include <stddef.h>
#include <stdint.h>

typedef struct { double x, y; } fb_point;          /* two SSE registers */
typedef struct { int32_t x, y; } fb_ipoint;        /* one integer register */
typedef struct { double a, b, c, d; } fb_quad;     /* in memory, sret */
typedef struct { const int32_t *p; size_t n; } fb_slice; /* points into memory of the language */
typedef int64_t (*fb_fn)(int64_t);

void fb_nop(void);
int32_t fb_add_i32(int32_t a, int32_t b);
int64_t fb_add_i64(int64_t a, int64_t b);
double fb_add_f64(double a, double b);
int64_t fb_add6_i64(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f);
size_t fb_strlen(const char *s);
int64_t fb_sum_i32(const int32_t *p, size_t n);
int64_t fb_sum_slice(const fb_slice *s);
fb_point fb_point_add(fb_point a, fb_point b);
fb_ipoint fb_ipoint_add(fb_ipoint a, fb_ipoint b);
fb_quad fb_quad_add(fb_quad a, fb_quad b);
int64_t fb_apply(int32_t n, fb_fn fn);
#endif
