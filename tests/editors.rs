//! What editors are given: valid JSON that says of the language what the lexer says.

use cotter::syntax::token::{CONTEXTUAL_KEYWORDS, keywords};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/vscode")
}

fn json(name: &str) -> Value {
    let text = std::fs::read_to_string(folder().join(name)).expect(name);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The words of the patterns of a part of the grammar, which stand in groups `(?:a|b)`.
fn words(grammar: &Value, part: &str) -> Vec<String> {
    let patterns = grammar["repository"][part]["patterns"].as_array().expect("patterns");
    let group = |pattern: &Value| {
        let text = pattern["match"].as_str().expect("a match").to_string();
        let start = text.find("(?:").expect("a group of words") + 3;
        text[start..start + text[start..].find(')').expect("its end")].to_string()
    };
    patterns.iter().flat_map(|pattern| group(pattern).split('|').map(str::to_string).collect::<Vec<_>>()).collect()
}

#[test]
fn the_grammar_has_the_keywords_of_the_lexer() {
    let grammar = json("syntaxes/cotter.tmLanguage.json");
    let mut found = words(&grammar, "keywords");
    found.sort();
    assert_eq!(found, keywords().map(str::to_string).collect::<Vec<_>>());
    let mut found = words(&grammar, "contextual");
    found.sort();
    assert_eq!(found, CONTEXTUAL_KEYWORDS.iter().map(|(word, _)| word.to_string()).collect::<Vec<_>>());
}

/// Every part that is included is there, and every part that is there is included.
#[test]
fn the_grammar_holds_together() {
    let grammar = json("syntaxes/cotter.tmLanguage.json");
    let mut included = BTreeSet::new();
    fn collect(value: &Value, included: &mut BTreeSet<String>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    match value.as_str() {
                        Some(part) if key == "include" => {
                            included.extend(part.strip_prefix('#').map(str::to_string));
                        }
                        _ => collect(value, included),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, included)),
            _ => {}
        }
    }
    collect(&grammar, &mut included);
    let parts: BTreeSet<String> = grammar["repository"].as_object().expect("parts").keys().cloned().collect();
    assert_eq!(included, parts);
}

#[test]
fn the_extension_names_files_that_are_there() {
    let package = json("package.json");
    json("language-configuration.json");
    let contributes = &package["contributes"];
    for path in [&package["main"], &contributes["languages"][0]["configuration"], &contributes["grammars"][0]["path"]] {
        let path = path.as_str().expect("a path");
        assert!(folder().join(path).is_file(), "{path}");
    }
    assert_eq!(contributes["grammars"][0]["scopeName"], json("syntaxes/cotter.tmLanguage.json")["scopeName"]);
    assert_eq!(package["version"].as_str(), Some(env!("CARGO_PKG_VERSION")));
    let client = std::fs::read_to_string(folder().join("extension.js")).expect("the client");
    assert!(client.contains("args: [\"lsp\"]"));
}
