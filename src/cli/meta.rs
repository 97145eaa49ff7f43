//! Entries that begin with `:` and speak to the dialogue itself.

use super::nearest::nearest;

/// What such an entry asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Meta {
    Help,
    /// The documentation of a name.
    Doc(String),
    /// The type of an expression.
    Type(String),
    /// How the memory behind the value of an expression is laid out.
    Show(String),
    /// Declare something of C's.
    C(String),
    /// What is pinned.
    Pins,
    /// What fills the heap.
    Heap,
    /// How long an entry takes.
    Time(String),
    /// Run a file as if it were typed here.
    Load(String),
    /// Forget everything.
    Reset,
    Quit,
}

pub const HELP: &str = "\
An entry is run when it is complete; its value is shown and bound to `_`. The values before it are `_1`, `_2`, `_3`, and what
the last entry that failed threw is `_err`. A `;` at its end keeps the value from being shown, a blank at its beginning the
entry out of the history.

  :doc NAME     documentation of a name
  :type EXPR    the type of a value
  :show EXPR    how a struct value, pointer, slice, string or type lies in memory
  :c DECL       declare a C function on the spot, as C or as Cotter does: :c size_t strlen(const char *s);
                a library stands before it: :c \"z\" const char *zlibVersion(void);
  :pins         what is pinned, and where that was done
  :heap         what fills the heap
  :time EXPR    how long an entry takes
  :load FILE    run a file as if it were typed here
  :reset        forget everything
  :help         this text
  :quit         leave (also Ctrl-D)
";

/// The words that stand alone, and those that take something: what, and an example.
const ALONE: [&str; 5] = [":heap", ":help", ":pins", ":quit", ":reset"];
const WITH: [(&str, &str, &str); 6] = [
    (":c", "a declaration", ":c int getpid(void);"),
    (":doc", "a name", ":doc print"),
    (":load", "a file", ":load script.cot"),
    (":show", "an expression", ":show Point(1, 2)"),
    (":time", "an expression", ":time sum(0..1000)"),
    (":type", "an expression", ":type 1 + 2"),
];

/// Why an entry that begins with `:` means nothing, and what would.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    pub why: String,
    pub help: String,
}

/// `None` if the entry is no such thing; an error says what is wrong with it.
pub fn parse(entry: &str) -> Option<Result<Meta, Mistake>> {
    if !entry.starts_with(':') {
        return None;
    }
    let (word, rest) = entry.split_once(char::is_whitespace).unwrap_or((entry, ""));
    let rest = rest.trim();
    let alone = |meta| match rest {
        "" => Ok(meta),
        rest => Err(Mistake { why: format!("`{word}` stands alone"), help: format!("leave out `{rest}`") }),
    };
    let with = |meta: fn(String) -> Meta, full: &str| match rest {
        "" => {
            let (what, example) =
                WITH.iter().find(|(name, ..)| *name == full).map_or(("more", full), |(_, what, example)| (what, example));
            Err(Mistake { why: format!("`{word}` needs {what}"), help: format!("for example `{example}`") })
        }
        rest => Ok(meta(rest.to_string())),
    };
    Some(match word {
        ":help" | ":h" | ":?" => alone(Meta::Help),
        ":quit" | ":q" | ":exit" => alone(Meta::Quit),
        ":reset" => alone(Meta::Reset),
        ":pins" => alone(Meta::Pins),
        ":heap" => alone(Meta::Heap),
        ":c" => with(Meta::C, ":c"),
        ":doc" => with(Meta::Doc, ":doc"),
        ":load" => with(Meta::Load, ":load"),
        ":show" => with(Meta::Show, ":show"),
        ":time" => with(Meta::Time, ":time"),
        ":type" | ":t" => with(Meta::Type, ":type"),
        _ => Err(Mistake {
            why: format!("there is no `{word}`"),
            help: match nearest(word, words()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => ":help lists what there is".to_string(),
            },
        }),
    })
}

fn words() -> impl Iterator<Item = &'static str> {
    ALONE.into_iter().chain(WITH.into_iter().map(|(word, ..)| word))
}

/// The words that an unfinished one can become.
pub fn complete(line: &str) -> Option<Vec<&'static str>> {
    if !line.starts_with(':') || line.contains(char::is_whitespace) {
        return None;
    }
    let mut found: Vec<&str> = words().filter(|word| word.starts_with(line)).collect();
    found.sort();
    Some(found)
}

/// The code in an entry that speaks to the dialogue, with where it begins: names in it can be completed.
pub fn code(line: &str) -> Option<(usize, &str)> {
    let (word, rest) = line.split_once(char::is_whitespace)?;
    matches!(word, ":doc" | ":show" | ":time" | ":type" | ":t").then(|| (line.len() - rest.len(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake(entry: &str) -> (String, String) {
        match parse(entry) {
            Some(Err(mistake)) => (mistake.why, mistake.help),
            other => panic!("{entry}: {other:?}"),
        }
    }

    #[test]
    fn entries() {
        assert_eq!(parse("x"), None);
        assert_eq!(parse(":type  1 + 2 "), Some(Ok(Meta::Type("1 + 2".into()))));
        assert_eq!(parse(":c int f(void);"), Some(Ok(Meta::C("int f(void);".into()))));
        assert_eq!(parse(":q"), Some(Ok(Meta::Quit)));
        assert_eq!(mistake(":quit now"), ("`:quit` stands alone".into(), "leave out `now`".into()));
        assert_eq!(mistake(":doc"), ("`:doc` needs a name".into(), "for example `:doc print`".into()));
        assert_eq!(mistake(":tiem 1"), ("there is no `:tiem`".into(), "did you mean `:time`?".into()));
        assert_eq!(mistake(":zzzzzz"), ("there is no `:zzzzzz`".into(), ":help lists what there is".into()));
    }

    #[test]
    fn completion() {
        assert_eq!(complete(":t"), Some(vec![":time", ":type"]));
        assert_eq!(complete(":h"), Some(vec![":heap", ":help"]));
        assert_eq!(complete(":time x"), None);
        assert_eq!(complete("x"), None);
        assert_eq!(code(":show  p"), Some((6, " p")));
        assert_eq!(code(":c p"), None);
        assert_eq!(code("p"), None);
    }

    #[test]
    fn all_words_are_understood_and_listed() {
        for word in words() {
            let entry = if ALONE.contains(&word) { word.to_string() } else { format!("{word} x") };
            assert!(matches!(parse(&entry), Some(Ok(_))), "{word}");
            assert!(HELP.contains(&format!("\n  {word} ")), "{word}");
        }
        for (word, _, example) in WITH {
            assert!(example.starts_with(word) && matches!(parse(example), Some(Ok(_))), "{example}");
        }
    }
}
