/* What C does with the memory that a random program gives it. Each function has a twin in walk.rs, which says what must have come of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct Node { int64_t tag; struct Node *next; void *data; uint8_t *bytes; } Node;
typedef struct Pair { Node *a; int32_t n; Node *b; } Pair;
typedef struct Wide { int64_t count; Pair parts[3]; void *last; } Wide;
typedef union Word { Node *p; int64_t n; void *v; } Word;
typedef struct Tagged { int64_t kind; Word word; struct Tagged *more; } Tagged;
typedef struct __attribute__((packed)) Packed { uint8_t c; Node *p; int16_t s; void *q; } Packed;

/* What the program running on this thread said. */
static __thread char *said;
static __thread size_t length, capacity;

void say(const char *text) {
    size_t more = strlen(text);
    if (length + more + 2 > capacity) {
        capacity = 2 * (length + more + 2);
        said = realloc(said, capacity);
        if (!said) abort();
    }
    memcpy(said + length, text, more);
    length += more;
    said[length++] = '\n';
    said[length] = 0;
}

const char *take_said(void) {
    length = 0;
    return said ? said : "";
}

void forget_said(void) {
    length = 0;
    if (said) said[0] = 0;
}

int64_t walk_node(Node *n) {
    int64_t sum = 0;
    for (int i = 0; n && i < 6; i++, n = n->next) {
        n->tag += 1;
        sum += n->tag;
        if (n->bytes) n->bytes[0] += 1;
    }
    return sum;
}

int64_t walk_pairs(Pair *p, int64_t count) {
    int64_t sum = 0;
    for (int64_t i = 0; p && i < count; i++) {
        p[i].n += 1;
        sum += walk_node(p[i].a) + walk_node(p[i].b);
    }
    return sum;
}

int64_t walk_wide(Wide *w) {
    if (!w) return 0;
    w->count += 1;
    return walk_pairs(w->parts, 3);
}

int64_t walk_nodes(Node **v, int64_t count) {
    int64_t sum = 0;
    for (int64_t i = 0; v && i < count; i++) sum += walk_node(v[i]);
    return sum;
}

int64_t walk_sized(Node **v, int64_t count) { return walk_nodes(v, count); }

int64_t walk_void(void *p) { return p != NULL; }

int64_t walk_tagged(Tagged *t, int64_t follow) {
    int64_t sum = 0;
    for (int i = 0; t && i < 4; i++, t = t->more) {
        t->kind += 1;
        sum += t->kind + (follow ? walk_node(t->word.p) : 0);
    }
    return sum;
}

int64_t walk_packed(Packed *k, int64_t count) {
    int64_t sum = 0;
    for (int64_t i = 0; k && i < count; i++) {
        k[i].s += 1;
        sum += walk_node(k[i].p);
    }
    return sum;
}

int64_t walk_pair(Pair p) { return p.n + walk_node(p.a) + walk_node(p.b); }

int64_t walk_into(Node *n, Node **end) {
    int64_t sum = walk_node(n);
    if (end) *end = n;
    return sum;
}

int64_t walk_back(Node *n, Node *(*f)(Node *)) {
    if (n) n->tag += 1;
    Node *r = f(n);
    if (!r) return 0;
    r->tag += 100;
    return r->tag;
}

int64_t swap_pairs(Pair *p, int64_t count) {
    for (int64_t i = 0; p && i < count; i++) {
        Node *a = p[i].a;
        p[i].a = p[i].b;
        p[i].b = a;
    }
    return count;
}

int64_t keep_node(Node *n) { return n != NULL; }
