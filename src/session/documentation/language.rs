//! The words of the language and the attributes, each with a short text and an example: one table for all who ask. The whole is told in the
//! reference, `docs/reference/language/`.

use super::{Item, ItemKind};

/// What shares a text: the names that people ask for, how it is written, the text.
type Entry = (&'static [&'static str], &'static str, &'static str);

/// Attributes of functions, parameters and records, and the keywords.
#[rustfmt::skip]
const ENTRIES: &[Entry] = &[
    // Contracts of parameters.
    (&["@keeps"], "@keeps p: *T", "Before a parameter of an extern function: C keeps this pointer after the call. What it points to must be pinned, or need no pin (nil, C's memory, constants); otherwise the call is a `PinError`, and C is not called. What that memory leads to is checked as ever: `pinner.pin(pinner.pin_all(x))` pins both.\n\n    extern \"libc.so.6\" { fn setbuf(file: *void, @keeps buffer: *u8) }"),
    (&["@sized_by"], "@sized_by(n) p: *T", "Before a pointer parameter: it must have at least `n` elements (bytes, of a `*void`). `n` is another parameter, `*parameter` for what that points to, a constant, or a product of these. Too little, or a negative number, is an `IndexError`. The argument check then searches exactly that much.\n\n    extern \"libc.so.6\" { fn memset(@sized_by(n) to: *void, byte: c_int, n: usize) -> *void }\n    try { memset(new [4]u8, 0, 5) } catch e { print(e.kind) }   # => IndexError"),
    (&["@nonnull"], "@nonnull p: *T", "Before a pointer, `cstr` or `fn` parameter: nil is a `TypeError`.\n\n    extern \"libc.so.6\" { fn puts(@nonnull text: cstr) -> c_int }\n    try { puts(nil) } catch e { print(e.kind) }   # => TypeError"),
    (&["@out"], "@out p: *T", "Before a `*T` parameter: callers leave it out, and its value follows the result: `[result, out1, …]`. A function without a result, or with `@throws(nonzero)`, contributes none; a single value comes without a list. With `@owned(f)` before it, what comes out is owned.\n\n    extern \"libm.so.6\" { fn frexp(x: f64, @out exponent: *c_int) -> f64 }\n    print(frexp(8.0))   # => [0.5, 4]"),
    (&["@on_error"], "@on_error(v) f: fn(…) -> T", "Before a `fn` parameter: what the callback returns to C when it throws; without it, zero. The error is thrown again when that C call returns. For a callback value there is `ffi.on_error(callback, v)`.\n\n    extern \"libc.so.6\" {\n        fn qsort(base: *void, count: usize, size: usize, @on_error(1) compare: fn(*const void, *const void) -> c_int)\n    }"),
    // Of functions.
    (&["@throws"], "@throws fn f(…) -> T", "Before an extern function: a result of -1 (all bits set, also as a pointer) or NULL is an `OSError` with errno as its `.code`. `@throws(nonzero)` and `@throws(negative)` take the result for a status: such a one is an `FFIError` with the status as its `.code`. `@throws(nonzero, text: f)` names a C function that tells the text of a status. The status of `@throws(nonzero)` is no result; that of the others is.\n\n    extern \"libc.so.6\" { @throws fn open(path: cstr, flags: c_int, ...) -> c_int }\n    try { open(\"/no/such/file\", 0) } catch e { print(e.kind, e.code) }   # => OSError 2"),
    (&["@owned"], "@owned(f) fn g(…) -> *T", "Before a function with a pointer result, or with `@out`: the pointer is released by the C function `f`, once: at `ffi.close(p)`, when nothing refers to it any more, or at the end of the program, newest first. To use it after that is an `FFIError`.\n\n    import ffi\n    extern \"libc.so.6\" {\n        fn free(p: *void)\n        @owned(free) fn strdup(text: cstr) -> *c_char\n    }\n    let copied = strdup(\"mine\")\n    print(ffi.string(copied))   # => mine\n    ffi.close(copied)"),
    (&["@blocking"], "@blocking fn f(…) -> T", "Before an extern function: it may take long, or waits for other threads. While it runs, callbacks that come on other threads are served.\n\n    extern \"libc.so.6\" { @blocking fn usleep(microseconds: c_uint) -> c_int }\n    print(usleep(1))   # => 0"),
    (&["@symbol"], "@symbol(\"name\") fn f(…)", "Before a function or variable of an extern block: the name that the library knows it by.\n\n    extern \"libc.so.6\" { @symbol(\"getpid\") fn process_id() -> c_int }\n    print(process_id() > 0)   # => true"),
    (&["@text"], "@text const char *f(…);", "Before a prototype in C text: the result is copied into a string, as that of type `cstr` is; without it, a `const char *` result is a pointer.\n\n    extern \"libc.so.6\" c { @text const char *strerror(int number); }\n    print(strerror(2))   # => No such file or directory"),
    (&["@packed"], "@packed struct Name { … }", "Lays a struct out without padding, as GCC's `packed` does.\n\n    @packed struct Head { kind: u8, size: u32 }\n    print(sizeof(Head))   # => 5"),
    (&["@align"], "@align(n) struct Name { … }", "Aligns a struct to `n` bytes at least, a power of two.\n\n    @align(64) struct Line { first: u8 }\n    print(sizeof(Line))   # => 64"),
    // Declarations.
    (&["let", "var"], "let name = value", "`let` binds a name once, `var` one that may be assigned again (`var x` alone is nil). Both end with their block. Lists are taken apart: `let [first, ...rest] = xs`. An annotation is checked: `let n: int = 3`.\n\n    let [a, b] = [1, 2]\n    var sum = a\n    sum += b\n    print(sum)   # => 3"),
    (&["const"], "const NAME = value", "A constant of the file, known when it is compiled: array types may use it. Behind a `*`, what must not be written through the pointer: `*const T`.\n\n    const N = 4\n    print(len(new [N]u8), sizeof([N]c_int))   # => 4 16"),
    (&["fn"], "fn name(a, b = 2, ...rest) { … }", "A function; its value is that of its last expression, or of `=>`. `fn(x) => x + 1` is an anonymous one. Parameters and result may be annotated: `fn area(r: float) -> float`. In extern blocks, a C function; as a type, a pointer to one: `fn(c_int) -> c_int`.\n\n    fn double(x) => 2 * x\n    print([1, 2].map(double), [1, 2].map(fn(x) { x + 1 }))   # => [2, 4] [2, 3]"),
    (&["struct"], "struct Name { field: Type, … }", "A record laid out as the platform's C compiler lays it out. Fields may have defaults; functions in it are methods if their first parameter is `self`. A value is a reference; `copy(p)` copies the bytes. Methods named by operators, `str`, `len`, `hash`, `iter`, `call` give it their meaning. Without a body it is an opaque type of C's.\n\n    struct Point {\n        x: f64\n        y: f64 = 1.0\n        fn +(self, o) => Point(self.x + o.x, self.y + o.y)\n    }\n    print(Point(3) + Point(x: 1, y: 2))   # => Point(x: 4.0, y: 3.0)"),
    (&["union"], "union Name { field: Type, … }", "A record whose fields all begin at its first byte, as in C.\n\n    union Bits { f: f32, i: u32 }\n    print(Bits(f: 1.0).i)   # => 1065353216"),
    (&["enum"], "enum Name: c_int { A, B = 5, … }", "Names for ints of a C type (`c_int` if none is given). `Name.A` is the int; `Name.name(5)` is the text of one, `Name.values()` a map of all.\n\n    enum Color { Red, Green = 5 }\n    print(Color.Green, Color.name(0))   # => 5 Red"),
    (&["type"], "type Name = Type", "Names a type.\n\n    type Row = [3]u8\n    print(sizeof(Row))   # => 3"),
    (&["extern"], "extern \"LIBRARY\" { … }", "Declares what a library of C has: functions, variables, types. The library is a path, a file name, or a bare name; without one the symbols are those of the process. `as c` puts the names behind `c.`; `extern … c { … }` holds C text, `extern … header \"zlib.h\" { crc32, Z_* }` takes declarations from a header. Attributes say what C types cannot: `cotter doc @sized_by`.\n\n    extern \"libc.so.6\" { fn strlen(text: cstr) -> usize }\n    print(strlen(\"cotter\"))   # => 6"),
    (&["header"], "extern \"LIBRARY\" header \"FILE.h\" { names }", "Takes declarations from an installed header, through the C compiler, when the script is compiled. Names may end in `*`; `*` alone takes what the header itself declares. Several headers stand in one text, options -D and -I before them: `header \"-D_GNU_SOURCE, ftw.h\"`. Names from a header have no attributes: to give a function some, leave it out here and declare it in a block of its own."),
    (&["import", "from"], "import name", "Makes a module known: one of the library, a file beside this one (`import \"./util.cot\"`), or one on COTTER_PATH. `import json as j` renames it, `from path import join, base` takes names out of it.\n\n    import math\n    from path import base\n    print(math.floor(2.5), base(\"/tmp/a.txt\"))   # => 2 a.txt"),
    // Control.
    (&["if", "else"], "if condition { … } else { … }", "Only nil and false are false. It is an expression: its value is that of the block that ran.\n\n    let n = 3\n    print(if n > 2 { \"many\" } else { \"few\" })   # => many"),
    (&["while"], "while condition { … }", "Runs its block as long as the condition holds. `break` leaves it, `continue` begins the next pass.\n\n    var n = 0\n    while n < 3 { n += 1 }\n    print(n)   # => 3"),
    (&["for", "in"], "for x in iterable { … }", "Runs its block for each element of a list, slice, range, generator, for the characters of a string, for the keys of a map; with two names for index and value, or key and value. `x in xs` as an expression asks whether it is there.\n\n    for i, x in [\"a\", \"b\"] { print(i, x, x in \"abc\") }\n    # => 0 a true\n    # => 1 b true"),
    (&["break", "continue"], "break", "`break` leaves the innermost loop, `continue` begins its next pass; with the label of an outer loop, those of that one.\n\n    outer: for a in 0..3 { for b in 0..3 { if b == 1 { continue outer }; print(a, b) } }\n    # => 0 0\n    # => 1 0\n    # => 2 0"),
    (&["return"], "return value", "Leaves the function. Without it, its value is that of its last expression."),
    (&["yield"], "yield value", "In the body of a function it makes that a generator: a call gives a suspended one, which `for` drives, or `.next()`.\n\n    fn count(n) { for i in 0..n { yield i } }\n    print(list(count(3)))   # => [0, 1, 2]"),
    (&["match"], "match value { pattern -> result, … }", "The first arm whose pattern fits gives the value; none is a `MatchError`. Patterns: literals, `1 | 2`, ranges, dotted names (compared with `==`), lists, maps, structs by fields, `x is T`, a name, `_`; behind each may stand `if condition`.\n\n    fn about(v) => match v {\n        0 -> \"zero\"\n        1..10 -> \"few\"\n        [first, ...rest] -> \"begins with {first}\"\n        s is string -> \"a string of {len(s)}\"\n        _ -> \"something\"\n    }\n    print(about(3), about([7, 8]), about(\"abc\"), about(nil))   # => few begins with 7 a string of 3 something"),
    (&["defer"], "defer EXPRESSION", "Runs an expression, assignment or block when the enclosing block is left, however it is left; of several the last one first. The operand is evaluated then.\n\n    fn work() {\n        defer print(\"released\")\n        print(\"working\")\n    }\n    work()\n    # => working\n    # => released"),
    (&["try", "catch", "finally"], "try { … } catch e { … } finally { … }", "An error in the first block runs the `catch` block that fits (`catch e if e.kind == \"IOError\"`), and its value is that of the whole; `finally` runs however the others are left.\n\n    print(try { int(\"x\") } catch e { e.kind })   # => ValueError"),
    (&["throw"], "throw value", "Throws anything, usually an error: `throw Error(\"no such user\", kind: \"LookupError\", code: 7)`.\n\n    try { throw Error(\"no\", kind: \"Odd\") } catch e { print(e.kind, e) }   # => Odd no"),
    // Expressions.
    (&["and", "or", "not"], "a and b", "`and` and `or` give the operand that decides, and evaluate the right one only if it is needed; `not` gives a bool. Only nil and false count as false.\n\n    print(nil or 2, 1 and \"x\", not 0)   # => 2 x false"),
    (&["is"], "value is Type", "Whether a value is of a type: `x is string`, `p is *c_int`, `x is nil`; `is not` is the opposite.\n\n    print(3 is int, \"a\" is not int)   # => true true"),
    (&["as"], "value as Type", "A cast: number to number (wraps as C does), pointer to pointer, struct value or slice to pointer, function to C function pointer, pointer to `usize` and back. In an import, another name.\n\n    print(300 as u8, 3.9 as int)   # => 44 3"),
    (&["new"], "new Type", "Makes memory in C layout: `new c_int` is a pointer to one, `new [16]u8` a slice, `new [3]i32(1, 2, 3)` one with values, `new Point` a struct value; `new(arena) T` makes it in an arena.\n\n    let n = new c_int\n    n[0] = 7\n    print(n[0], new [2]i32(1, 2))   # => 7 []i32[1, 2]"),
    (&["sizeof", "alignof", "offsetof"], "sizeof(Type)", "Size and alignment of a type in bytes, and where a field begins: `offsetof(T, field.path)`.\n\n    struct Pair { a: u8, b: u32 }\n    print(sizeof(Pair), alignof(Pair), offsetof(Pair, b))   # => 8 4 4"),
    (&["nil"], "nil", "The value that stands for none; C's NULL reads as nil. It has no fields: `a?.b` is nil where `a` is, `a ?? b` is `b` then."),
    (&["true", "false"], "true", "The values of `bool`. They are no numbers: `true != 1`."),
];

/// The keywords and attributes of the language.
pub fn language() -> Vec<Item> {
    let mut items = Vec::new();
    for (names, header, doc) in ENTRIES {
        items.extend(names.iter().map(|name| Item {
            kind: ItemKind::Word,
            name: name.to_string(),
            path: name.to_string(),
            header: header.to_string(),
            doc: doc.to_string(),
            members: Vec::new(),
        }));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_has_a_text() {
        let known: Vec<String> = language().into_iter().map(|item| item.name).collect();
        for word in crate::syntax::token::keywords() {
            assert!(known.iter().any(|name| name == word), "{word}");
        }
        let mut once = known.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), known.len());
    }
}
