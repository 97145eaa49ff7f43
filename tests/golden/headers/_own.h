#ifndef OWN_H
#define OWN_H
#include <stddef.h>
#define OWN_LIMIT (OWN_THREE * 4)
#define OWN_THREE 3
#define OWN_NAME "own"
#define OWN_HALF .5
#define OWN_MACRO(x) ((x) + 1)
#define own_abs abs
typedef struct own_point { int x, y; } own_point;
struct own_shape { own_point *points; size_t count; enum own_color { OWN_RED, OWN_BLUE = 7 } color; };
struct own_odd { long double x; };
int own_sum(int count, ...);
long double own_wide(void);
static inline int own_twice(int x) { return x * 2; }
typedef struct { int value; } __attribute__((packed)) own_packed;
#endif
