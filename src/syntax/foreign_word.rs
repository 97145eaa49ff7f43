//! Words that people bring along from other languages.

/// What to write in the place of a word of another language.
pub(super) fn of_other_languages(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(foreign, _)| *foreign == word).map(|(_, help)| *help)
}

const WORDS: &[(&str, &str)] = &[
    ("async", "there are no async functions; a function with `yield` is a generator"),
    ("auto", "write `let`, or `var` for a variable that is assigned again"),
    ("await", "there is no `await`; a generator is driven by `for` or `.next()`"),
    ("begin", "a block stands in braces: `{ … }`"),
    ("case", "an arm of a match is written `pattern -> result`"),
    ("class", "a type of one's own is a `struct`"),
    ("def", "a function begins with `fn`"),
    ("default", "the arm for all the rest is written `_ -> result`"),
    ("del", "to take an entry from a map or list, write `m.remove(key)`; a variable ends with its block"),
    ("delete", "memory needs no `delete`; to take an entry from a map, write `m.remove(key)`"),
    ("do", "a block stands in braces, a loop begins with `while` or `for`"),
    ("echo", "write `print(…)`"),
    ("elif", "write `else if`"),
    ("elseif", "write `else if`"),
    ("elsif", "write `else if`"),
    ("except", "write `catch`, on the line of the `}` or at the start of the next"),
    ("export", "all names at the top level are exported but those that begin with `_`"),
    ("foreach", "write `for x in xs { … }`"),
    ("fun", "a function begins with `fn`"),
    ("func", "a function begins with `fn`"),
    ("function", "a function begins with `fn`"),
    ("global", "a function reads and assigns the variables around it; no word is needed"),
    ("goto", "a loop is left with `break`, a function with `return`"),
    ("impl", "methods stand inside the braces of their `struct`"),
    ("include", "write `import`"),
    ("interface", "there are no interfaces; any value with the right methods will do"),
    ("lambda", "an anonymous function is written `fn(x) => x + 1`"),
    ("local", "write `let`, or `var` for a variable that is assigned again"),
    ("loop", "write `while true { … }`"),
    ("mut", "write `var` for a variable that is assigned again"),
    ("namespace", "a file is a module; the names of an extern block go behind `as name`"),
    ("nonlocal", "a function reads and assigns the variables around it; no word is needed"),
    ("private", "a name that begins with `_` is not exported"),
    ("pub", "all names at the top level are exported but those that begin with `_`"),
    ("public", "all names at the top level are exported but those that begin with `_`"),
    ("raise", "write `throw`"),
    ("repeat", "write `for i in 0..n { … }` or `while`"),
    ("require", "write `import`"),
    ("static", "a function without `self` in a struct is called as `Type.name()`"),
    ("switch", "write `match value { pattern -> result }`"),
    ("then", "a block stands in braces: `if a { … }`"),
    ("typedef", "a name for a type is given with `type Name = T`"),
    ("typeof", "the type of a value is `type(x)`; to test it, write `x is T`"),
    ("unless", "write `if not …`"),
    ("until", "write `while not …`"),
    ("use", "write `import`"),
    ("using", "write `import`"),
    ("val", "write `let`, or `var` for a variable that is assigned again"),
    ("void", "a function begins with `fn`; one without result needs no word for it"),
    ("with", "to release something at the end of a block, write `defer`"),
    ("xor", "write `^` between ints, `!=` between bools"),
];

/// Words before a name that make it a declaration elsewhere.
pub(super) const TYPE_WORDS: &[&str] = &[
    "any", "bool", "boolean", "byte", "char", "double", "float", "int", "integer", "list", "long", "map", "number", "object",
    "short", "size_t", "str", "string", "unsigned", "c_char", "c_int", "c_long", "f32", "f64", "i32", "i64", "isize", "u32",
    "u64", "u8", "usize",
];
