//! Whatever the text, the front end comes to an end, and what it says is within bounds.

use super::*;
use proptest::prelude::*;

const SAMPLES: &[&str] = &[
    "import math\nfn area(r: float, ...xs) -> float { math.pi * r ** 2 }\nlet s = \"r = {area(2.0):.3}, {\"in {s} side\"}\"\nprint(s, end: \"\")\n",
    "struct P {\n  ## doc\n  x: f64 = 1.0, y\n  fn +(self, o) => P(self.x + o.x, self.y)\n  union { a: i32; b: f32 : 3 }\n}\n@packed\nunion U { a: [4]*const T?, ...P }\nenum E: c_int { A = 1, B }\n",
    "extern \"z\", \"libz.so\" as z c {\n  int f(const char *s); /* } */ char *t = \"}\";\n}\nextern { @throws(nonzero, text: e) fn g(@sized_by(n * *m) in: *u8, ...) -> fn(c_int) -> c_int\n var v: **c_char }\nextern header \"a.h\" { Z_*, b }\n",
    "match v {\n  1 | -2 -> \"a\"\n  'a'..='z' if x -> { f(); 1 }\n  [a, ...b] -> return nil\n  [\"k\": P(x: 0, y)] -> x = 1\n  s is (fn() -> int) -> throw e\n  _ -> yield 1\n}\n",
    "outer: for i, [a, b] in m { while not x { continue outer } }\ntry { defer { f() }; a.b ??= c?.d or return 1 } catch e if e.kind == \"X\" { } finally { }\nlet t = \"\"\"\n  a {b}\n    c\n  \"\"\"\n[a, b.c[0]] = [b, new(a) [n]u8(1, ...x)]\n",
];

fn check(text: &str) {
    let parsed = parse_text(text);
    assert!(parsed.diagnostics.len() <= MAXIMUM_ERRORS);
    let last = text.len() as u32 + 1;
    for diagnostic in &parsed.diagnostics {
        let places = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
        for range in places.map(|label| label.range) {
            assert!(
                range.start >= 1 && range.start <= range.end && range.end <= last,
                "{range:?} of {last}: {}",
                diagnostic.message
            );
            assert!(text.is_char_boundary(range.start as usize - 1) && text.is_char_boundary(range.end as usize - 1));
        }
    }
    if parsed.diagnostics.is_empty() {
        assert!(!print_tree(&parsed.module).contains("<error>"), "{text}");
    }
    is_incomplete(text);
    let mut map = SourceMap::new();
    tokens(&map.add("t", text).expect("the text is short"));
}

#[test]
fn samples_are_correct() {
    SAMPLES.iter().for_each(|sample| drop(parse_clean(sample)));
}

#[test]
fn every_prefix_of_a_program_ends() {
    for sample in SAMPLES {
        for end in (0..=sample.len()).filter(|&end| sample.is_char_boundary(end)) {
            check(&sample[..end]);
        }
    }
}

#[test]
fn every_program_without_one_token_ends() {
    for sample in SAMPLES {
        let mut map = SourceMap::new();
        let file = map.add("t", *sample).expect("the sample is short");
        for token in tokens(&file) {
            let (start, end) = ((token.range.start - file.base) as usize, (token.range.end - file.base) as usize);
            check(&format!("{}{}", &sample[..start], &sample[end..]));
        }
    }
}

fn piece() -> impl Strategy<Value = &'static str> {
    let marks = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\"\"\"",
        "\"{",
        "}\"",
        "r\"",
        "b\"",
        "'",
        ",",
        ";",
        ":",
        ".",
        "?.",
        "..",
        "..=",
        "...",
        "?",
        "??",
        "@",
        "->",
        "=>",
        "=",
        "+=",
        "??=",
        "+",
        "-",
        "*",
        "**",
        "&",
        "|",
        "<",
        "==",
        "!",
        "&&",
        "--",
        "\n",
        "\r\n",
        " ",
        "\\",
        "$",
        "#",
        "## d\n",
        "é",
        "\u{1F600}",
        "\0",
        "a",
        "type ",
        "from ",
        "c {",
        "header \"h\"",
        "1",
        "1.5",
        "1e",
        "0x",
        "9223372036854775808",
        "_",
    ];
    let keywords = token::KEYWORDS.iter().map(|(word, _)| *word);
    proptest::sample::select(marks.into_iter().chain(keywords).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn token_soup_ends(pieces in proptest::collection::vec(piece(), 0..60), glue in proptest::bool::ANY) {
        check(&pieces.join(if glue { "" } else { " " }));
    }

    #[test]
    fn random_bytes_end(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        match decode_source(&bytes) {
            Ok(text) => check(&text),
            Err(error) => check(&error.text),
        }
    }

    #[test]
    fn a_program_with_a_piece_put_in_ends(sample in proptest::sample::select(SAMPLES), at in 0..400usize, piece in piece()) {
        let at = (0..=at.min(sample.len())).rev().find(|&at| sample.is_char_boundary(at)).unwrap_or(0);
        check(&format!("{}{piece}{}", &sample[..at], &sample[at..]));
    }
}
