/* What the system's libraries do not reach: numbers at their ends, threads, kept callbacks, variables of every type. */
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int8_t same_i8(int8_t x) { return x; }
uint8_t same_u8(uint8_t x) { return x; }
int16_t same_i16(int16_t x) { return x; }
uint16_t same_u16(uint16_t x) { return x; }
int32_t same_i32(int32_t x) { return x; }
uint32_t same_u32(uint32_t x) { return x; }
int64_t same_i64(int64_t x) { return x; }
uint64_t same_u64(uint64_t x) { return x; }
float same_f32(float x) { return x; }
double same_f64(double x) { return x; }
_Bool same_bool(_Bool x) { return x; }
char same_char(char x) { return x; }

int32_t var_i32 = -5;
uint8_t var_u8 = 200;
double var_f64 = 0.5;
_Bool var_bool = 1;
const char *var_text = "a text";
struct pair { int a; double b; } var_pair = {1, 2.5};
int var_array[4] = {1, 2, 3, 4};

typedef int (*visitor)(void *data, int number);

/* Calls a visitor for 0, 1, … until it gives something else than 0. */
int visit(int count, visitor f, void *data) {
    for (int i = 0; i < count; i++) {
        int r = f(data, i);
        if (r != 0) return r;
    }
    return 0;
}

static visitor kept;
static void *kept_data;
void keep(visitor f, void *data) { kept = f; kept_data = data; }
int call_kept(int number) { return kept ? kept(kept_data, number) : -1; }

typedef struct { visitor f; void *data; int count; int sum; } job;
static void *work(void *p) {
    job *j = p;
    for (int i = 0; i < j->count; i++) j->sum += j->f(j->data, i);
    return 0;
}
/* Runs a visitor on threads of its own, and waits for them. */
int on_threads(int threads, int count, visitor f, void *data) {
    pthread_t t[16];
    job jobs[16];
    int sum = 0;
    if (threads > 16) threads = 16;
    for (int i = 0; i < threads; i++) {
        jobs[i] = (job){f, data, count, 0};
        pthread_create(&t[i], 0, work, &jobs[i]);
    }
    for (int i = 0; i < threads; i++) { pthread_join(t[i], 0); sum += jobs[i].sum; }
    return sum;
}
static pthread_t background;
static job background_job;
void start(int count, visitor f, void *data) {
    background_job = (job){f, data, count, 0};
    pthread_create(&background, 0, work, &background_job);
}
int finish(void) { pthread_join(background, 0); return background_job.sum; }

int set_errno(int n) { int old = errno; errno = n; return old; }
int errno_around(visitor f) { errno = 11; f(0, 0); return errno; }

int sum_of(int count, ...) {
    va_list list;
    va_start(list, count);
    int sum = 0;
    for (int i = 0; i < count; i++) sum += va_arg(list, int);
    va_end(list);
    return sum;
}
typedef int (*binary)(int, int);
static int add(int a, int b) { return a + b; }
static int multiply(int a, int b) { return a * b; }
binary operation(int c) { return c == '+' ? add : c == '*' ? multiply : 0; }
struct table { const char *name; binary call; } operations[2] = {{"add", add}, {"multiply", multiply}};
int apply(binary f, int a, int b) { return f(a, b); }
binary same_binary(binary f) { return f; }

static int open_things;
typedef struct { int number; } thing;
thing *make_thing(int number) { thing *t = malloc(sizeof *t); t->number = number; open_things++; return t; }
int make_thing_out(int number, thing **out) { if (number < 0) return 3; *out = make_thing(number); return 0; }
void free_thing(thing *t) { open_things--; printf("free %d\n", t->number); fflush(stdout); free(t); }
int thing_number(thing *t) { return t->number; }
int things(void) { return open_things; }
void minmax(const int *xs, int n, int *low, int *high) {
    *low = *high = xs[0];
    for (int i = 1; i < n; i++) { if (xs[i] < *low) *low = xs[i]; if (xs[i] > *high) *high = xs[i]; }
}
const char *status_text(int status) { return status == 3 ? "a negative number" : "fine"; }
void say(const char *text) { printf("%s\n", text); }

/* Calls a visitor once on a thread with a stack of its own size. */
int on_stack_of(size_t bytes, visitor f, void *data) {
    pthread_attr_t attributes;
    pthread_t t;
    job j = {f, data, 1, 0};
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, bytes);
    if (pthread_create(&t, &attributes, work, &j) != 0) return -1;
    pthread_join(t, 0);
    return j.sum;
}
/* A thread that goes on calling until the process ends, and is waited for by nobody. */
static void *work_on(void *p) {
    job *j = p;
    for (int i = 0;; i++) j->f(j->data, i);
    return 0;
}
static job endless_job;
void start_endless(visitor f, void *data) {
    pthread_t t;
    endless_job = (job){f, data, 0, 0};
    pthread_create(&t, 0, work_on, &endless_job);
    pthread_detach(t);
}

/* Arguments of every width in registers and on the stack. */
double scattered(signed char a, float b, long c, double d, unsigned short e, _Bool f, int g, unsigned char h, double i, short j,
                 float k, const char *l, double m, double n, double o, double p, float q, signed char r) {
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k + 12 * (double)strlen(l) + 13 * m
        + 14 * n + 15 * o + 16 * p + 17 * q + 18 * r;
}
typedef double (*scatterer)(signed char, float, long, double, unsigned short, _Bool, int, unsigned char, double, short, float,
                            const char *, double, double, double, double, float, signed char);
double scatter(scatterer f) {
    return f(-1, 0.5f, 3, 4.25, 60000, 1, -7, 200, 9.5, -1000, 11.5f, "twelve", 13, 14, 15, 16, 17.5f, -18);
}

/* Arguments behind `...`: i is a long, d a double, s a text. */
double sum_of_kinds(const char *kinds, ...) {
    double sum = 0;
    va_list list;
    va_start(list, kinds);
    for (int i = 1; *kinds; kinds++, i++) {
        if (*kinds == 'i') sum += i * (double)va_arg(list, long);
        else if (*kinds == 'd') sum += i * va_arg(list, double);
        else sum += i * (double)strlen(va_arg(list, const char *));
    }
    va_end(list);
    return sum;
}

/* Results of every width from callbacks. */
int results(signed char (*a)(void), unsigned short (*b)(void), float (*c)(void), double (*d)(void), _Bool (*e)(void),
            const char *(*f)(void), long (*g)(void), unsigned (*h)(void)) {
    return (a() == -3) + (b() == 65535) + (c() == 1.5f) + (d() == -2.25) + (e() == 1) + (strcmp(f(), "text") == 0)
        + (g() == -5000000000L) + (h() == 4000000000u);
}
