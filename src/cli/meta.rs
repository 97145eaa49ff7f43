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
    /// How long an entry takes.
    Time(String),
    /// Run a file as if it were typed here.
    Load(String),
    /// Forget everything.
    Reset,
    Quit,
}

pub const HELP: &str = "\
An entry is run when it is complete; its value is shown and bound to `_`. A `;` at its end keeps the value from being
shown, a blank at its beginning the entry out of the history.

  :doc NAME     documentation of a name
  :type EXPR    the type of a value
  :time EXPR    how long an entry takes
  :load FILE    run a file as if it were typed here
  :reset        forget everything
  :quit         leave (also Ctrl-D)
";

const WORDS: [&str; 7] = [":doc", ":help", ":load", ":quit", ":reset", ":time", ":type"];

/// `None` if the entry is no such thing; an error says what is wrong with it.
pub fn parse(entry: &str) -> Option<Result<Meta, String>> {
    if !entry.starts_with(':') {
        return None;
    }
    let (word, rest) = entry.split_once(char::is_whitespace).unwrap_or((entry, ""));
    let rest = rest.trim();
    let alone = |meta| if rest.is_empty() { Ok(meta) } else { Err(format!("`{word}` stands alone")) };
    let with = |meta: fn(String) -> Meta, what| match rest {
        "" => Err(format!("`{word}` needs {what}")),
        rest => Ok(meta(rest.to_string())),
    };
    Some(match word {
        ":help" | ":h" | ":?" => alone(Meta::Help),
        ":quit" | ":q" | ":exit" => alone(Meta::Quit),
        ":reset" => alone(Meta::Reset),
        ":doc" => with(Meta::Doc, "a name"),
        ":type" | ":t" => with(Meta::Type, "an expression"),
        ":time" => with(Meta::Time, "an expression"),
        ":load" => with(Meta::Load, "a file"),
        _ => Err(match nearest(word, WORDS) {
            Some(known) => format!("there is no `{word}`; did you mean `{known}`?"),
            None => format!("there is no `{word}`; :help lists what there is"),
        }),
    })
}

/// The words that an unfinished one can become.
pub fn complete(line: &str) -> Option<Vec<&'static str>> {
    let unfinished = line.starts_with(':') && !line.contains(char::is_whitespace);
    unfinished.then(|| WORDS.into_iter().filter(|word| word.starts_with(line)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries() {
        assert_eq!(parse("x"), None);
        assert_eq!(parse(":type  1 + 2 "), Some(Ok(Meta::Type("1 + 2".into()))));
        assert_eq!(parse(":q"), Some(Ok(Meta::Quit)));
        assert_eq!(parse(":quit now"), Some(Err("`:quit` stands alone".into())));
        assert_eq!(parse(":doc"), Some(Err("`:doc` needs a name".into())));
        assert_eq!(parse(":tiem 1"), Some(Err("there is no `:tiem`; did you mean `:time`?".into())));
        assert_eq!(parse(":zzzzzz"), Some(Err("there is no `:zzzzzz`; :help lists what there is".into())));
    }

    #[test]
    fn completion() {
        assert_eq!(complete(":t"), Some(vec![":time", ":type"]));
        assert_eq!(complete(":time x"), None);
        assert_eq!(complete("x"), None);
    }

    #[test]
    fn all_words_are_understood() {
        for word in WORDS {
            let entry = if [":help", ":quit", ":reset"].contains(&word) { word.to_string() } else { format!("{word} x") };
            assert!(matches!(parse(&entry), Some(Ok(_))), "{word}");
        }
    }
}
