//! Names that other languages have, with what is there instead.

/// What to write for a value or function of another language.
pub(super) fn help_for_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "None" | "null" | "NULL" | "nullptr" | "undefined" => "the value that is nothing is written `nil`",
        "True" => "write `true`",
        "False" => "write `false`",
        "this" | "self" => "a method names its own value as its first parameter: `fn method(self)`",
        "function" | "def" | "func" => "a function is declared with `fn`",
        "pass" => "an empty block needs no word: `{ }`",
        "end" => "a block stands in braces and ends with `}`",
        "printf" | "sprintf" | "fprintf" => "a text holds values as \"{x}\", with a format as \"{x:.2f}\": `print(\"{x}\")`",
        "puts" | "echo" | "console" | "println" | "log" | "write" => "write `print(…)`",
        "require" | "include" | "dofile" | "__import__" => "write `import name`, or `import \"./file.cot\"`",
        "isinstance" | "instanceof" => "write `x is T`",
        "typeof" => "the type of a value is `type(x)`; to test it, write `x is T`",
        "strlen" | "length" | "size" | "count" => "write `len(x)`",
        "append" | "push" => "write `xs.push(x)`",
        "open" | "fopen" => "write `import io`, then `io.open(name)`",
        "malloc" | "calloc" | "alloca" => {
            "memory that C can use, and that is freed by itself, is made with `new [n]u8`; C's own with `ffi.alloc(n)`"
        }
        "free" => "memory made with `new` needs no `free`; what C has made is freed by the C function that is declared for it",
        "exit" | "quit" => "write `import os`, then `os.exit(status)`",
        "sleep" => "write `import time`, then `time.sleep(seconds)`",
        "argv" | "args" => "write `import os`, then `os.args`",
        "getenv" => "write `import os`, then `os.env(name)`",
        "errno" => "write `import ffi`, then `ffi.errno()`",
        "abs" | "floor" | "ceil" | "round" | "sqrt" | "sin" | "cos" | "exp" | "pow" | "pi" => {
            "mathematics is in a module: `import math`, then `math.name`; a power is `a ** b`"
        }
        "dict" | "Map" | "Object" => "a map is written `[\"key\": value]`, an empty one `[:]`",
        "array" | "Array" | "tuple" | "vec" => "a list is written `[1, 2]`; `list(x)` makes one of anything iterable",
        "Exception" | "RuntimeError" | "error" => "write `Error(message, kind: \"…\")`",
        "ipairs" | "pairs" => "write `for i, x in xs { … }`",
        "super" => "there is no inheritance; an embedded struct is reached by its name: `self.Shape`",
        _ => return None,
    })
}

/// What to write for a type of another language.
pub(super) fn help_for_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "str" | "String" | "text" => "a text is a `string`; C's `const char *` is `cstr` in a parameter",
        "integer" | "Integer" | "Int" | "number" | "Number" => {
            "whole numbers are `int`, others `float`; sizes of C's are i8 to u64, f32 and f64"
        }
        "boolean" | "Boolean" | "_Bool" => "a truth value is a `bool`",
        "dict" | "object" | "Object" | "table" | "Map" => "a map is a `map`, whatever it holds; any value is an `any`",
        "array" | "Array" | "vector" | "tuple" => "a list is a `list`, whatever it holds; an array in C layout is `[N]T`",
        "char" => "C's types begin with `c_`: `c_char`; a C string is a `cstr`",
        "short" | "long" | "unsigned" | "signed" => "C's types begin with `c_`: `c_short`, `c_long`, `c_uint`",
        "double" => "C's `double` is `f64` or `c_double`",
        "size_t" | "uintptr_t" => "C's `size_t` is `usize`",
        "ssize_t" | "ptrdiff_t" | "intptr_t" => "C's `ssize_t` is `isize`",
        "uint8_t" | "byte" | "uchar" => "write `u8`",
        "int8_t" => "write `i8`",
        "uint16_t" => "write `u16`",
        "int16_t" => "write `i16`",
        "uint32_t" | "uint" => "write `u32`",
        "int32_t" => "write `i32`",
        "uint64_t" => "write `u64`",
        "int64_t" => "write `i64`",
        "None" | "null" | "NoneType" | "undefined" => "the type of nothing is `nil`: `x is nil`; `T?` also admits it",
        "Function" | "callable" | "func" => "a function is a `function`; one of C's is `fn(c_int) -> c_int`",
        _ => return None,
    })
}
