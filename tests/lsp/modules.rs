//! What is asked across files: imports, the library's own sources, references and renaming in the editor's folder.

use super::editor::{Editor, PLACE, at, edited, marked};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A folder with scripts, and an editor that has it open.
struct Project {
    _folder: tempfile::TempDir,
    root: PathBuf,
    editor: Editor,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Project {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("real");
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        }
        let cache = root.join(".cache");
        let editor = Editor::start_with(&[("COTTER_CACHE", cache.to_str().expect("a plain path"))]);
        let editor = editor.initialize(json!(format!("file://{}", root.display())));
        Project { _folder: folder, root, editor }
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}", self.root.join(name).display())
    }

    fn ask_at(&mut self, method: &str, name: &str, text: &str) -> Value {
        let uri = self.uri(name);
        self.editor.ask_at(method, &uri, text)
    }

    fn labels(&mut self, name: &str, text: &str) -> Vec<String> {
        let answer = self.ask_at("textDocument/completion", name, text);
        answer.as_array().expect("a list").iter().map(|item| item["label"].as_str().expect("a label").to_string()).collect()
    }

    /// File and line of the places of a list.
    fn references(&mut self, name: &str, text: &str) -> Vec<(String, u64)> {
        let (text, position) = marked(text);
        let uri = self.uri(name);
        self.editor.open(&uri, &text);
        let mut params = at(&uri, &position);
        params["context"] = json!({ "includeDeclaration": true });
        let answer = self.editor.ask("textDocument/references", params);
        let place = |place: &Value| {
            let path = place["uri"].as_str().expect("an address").strip_prefix("file://").expect("a file").to_string();
            let name = Path::new(&path).strip_prefix(&self.root).expect("in the folder").display().to_string();
            (name, place["range"]["start"]["line"].as_u64().expect("a line"))
        };
        answer.as_array().expect("a list").iter().map(place).collect()
    }

    /// The changes of a renaming, or why there are none.
    fn rename(&mut self, name: &str, text: &str, new: &str) -> Result<Value, String> {
        let (text, position) = marked(text);
        let uri = self.uri(name);
        self.editor.open(&uri, &text);
        let mut params = at(&uri, &position);
        params["newName"] = json!(new);
        let answer = self.editor.request("textDocument/rename", params);
        match answer["error"]["message"].as_str() {
            Some(reason) => Err(reason.to_string()),
            None => Ok(answer["result"]["changes"].clone()),
        }
    }

    fn after(&self, changes: &Value, name: &str) -> String {
        let text = std::fs::read_to_string(self.root.join(name)).expect("readable");
        edited(&text, changes[self.uri(name)].as_array().expect("edits"))
    }
}

/// The signature at the marker: all of it, and the parameter that is marked in it.
fn signature(text: &str) -> Option<(String, Option<String>)> {
    let mut editor = Editor::initialized();
    let answer = editor.ask_at("textDocument/signatureHelp", PLACE, text);
    editor.leave();
    let signature = answer["signatures"].get(0)?;
    let label = signature["label"].as_str().expect("a text").to_string();
    let active = answer["activeParameter"].as_u64().map(|active| {
        let range = &signature["parameters"][active as usize]["label"];
        let unit = |at: usize| range[at].as_u64().expect("a number") as usize;
        let units: Vec<u16> = label.encode_utf16().collect();
        String::from_utf16(&units[unit(0)..unit(1)]).expect("text")
    });
    Some((label, active))
}

#[test]
fn calls_show_what_they_take() {
    let told = |text: &str| {
        let (label, active) = signature(text).unwrap_or_else(|| panic!("nothing is told: {text}"));
        format!("{label} | {}", active.unwrap_or_default())
    };
    let scaled = "fn scaled(x: float, by = 2, ...rest) -> float => x\n";
    assert_eq!(told(&format!("{scaled}scaled(‸\n")), "scaled(x: float, by = 2, ...rest) -> float | x: float");
    assert_eq!(told(&format!("{scaled}scaled(1, ‸)\nprint(2)\n")), "scaled(x: float, by = 2, ...rest) -> float | by = 2");
    assert_eq!(
        told(&format!("{scaled}let y = scaled(1, [2, 3], 4, 5‸\n")),
        "scaled(x: float, by = 2, ...rest) -> float | ...rest"
    );
    assert_eq!(told(&format!("{scaled}scaled(rest: 3, by: ‸)\n")), "scaled(x: float, by = 2, ...rest) -> float | by = 2");
    assert_eq!(told(&format!("{scaled}scaled(scaled(1), \"é,\" ‸)\n")), "scaled(x: float, by = 2, ...rest) -> float | by = 2");
    assert_eq!(told(&format!("{scaled}scaled(len(‸), 2)\n")), "len(x) | x");
    assert_eq!(told("print(1, 2, ‸\n"), "print(...values, sep: \" \", end: \"\\n\") | ...values");
    assert_eq!(told("let xs = [1]\nxs.insert(0, ‸)\n"), "insert(i, x) | x");
    assert_eq!(told("import math\nmath.hypot(3, ‸)\n"), "hypot(x, y) | y");
    assert_eq!(told("from math import hypot as h\nh(3, ‸)\n"), "hypot(x, y) | y");
    let point = "struct Point {\n    x: f64\n    y: f64 = 1.0\n    fn norm(self, p = 2) => 1\n}\n";
    assert_eq!(told(&format!("{point}Point(1, ‸)\n")), "Point(x: f64, y: f64 = 1.0) | y: f64 = 1.0");
    assert_eq!(told(&format!("{point}let p = Point(1)\np.norm(‸)\n")), "norm(p = 2) | p = 2");
    let c =
        "extern \"libc.so.6\" as c {\n    @throws(negative) fn open(path: cstr, @out n: *c_int, flags: c_int, ...) -> c_int\n}\n";
    assert_eq!(told(&format!("{c}c.open(\"a\", ‸)\n")), "open(path: cstr, flags: c_int, ...) -> c_int | flags: c_int");
    assert_eq!(told(&format!("{c}c.open(\"a\", 0, 1, 2‸)\n")), "open(path: cstr, flags: c_int, ...) -> c_int | ...");
    let pasted = "extern \"z\" c {\n    int deflate(void *stream, int flush);\n}\n";
    assert_eq!(told(&format!("{pasted}deflate(nil, ‸\n")), "deflate(stream: *void, flush: c_int) -> c_int | flush: c_int");
    // More than it takes: nothing is marked.
    assert_eq!(told("len(1, ‸)\n"), "len(x) | ");
    for none in ["print(1)‸\n", "‸\n", "let f = 1\nf(‸)\n", "fn f(‸) => 1\n", "(1, ‸)\n", "print(1 # here ‸\n)\n"] {
        assert_eq!(signature(none), None, "{none}");
    }
}

#[test]
fn imports_are_completed() {
    let mut project = Project::new(&[
        ("tool.cot", "## Helps.\nfn help(x) => x\nlet depth = 1\nlet _own = 2\n"),
        ("below/inner.cot", "let n = 1\n"),
        ("main.cot", ""),
        ("not-a-name.cot", ""),
    ]);
    let names = project.labels("main.cot", "import ‸\n");
    for name in ["math", "sqlite", "ffi", "tool"] {
        assert!(names.contains(&name.to_string()), "{name}: {names:?}");
    }
    for name in ["main", "print", "while", "not-a-name", "inner"] {
        assert!(!names.contains(&name.to_string()), "{name}: {names:?}");
    }
    assert!(project.labels("main.cot", "print(1)\nfrom ma‸\n").contains(&"math".to_string()));
    let names = project.labels("main.cot", "from math import pi, s‸\n");
    assert!(names.contains(&"sqrt".to_string()) && !names.contains(&"pi".to_string()) && !names.contains(&"print".to_string()));
    assert_eq!(project.labels("main.cot", "from tool import ‸\n"), ["help", "depth"]);
    assert_eq!(project.labels("main.cot", "from \"./tool.cot\" import help as h, ‸\n"), ["depth"]);
    assert_eq!(project.labels("main.cot", "import \"‸\"\n"), ["below/", "not-a-name.cot", "tool.cot"]);
    assert_eq!(project.labels("main.cot", "import \"./below/‸\n"), ["inner.cot"]);
    assert!(project.labels("main.cot", "import tool as ‸\n").contains(&"print".to_string()));
    let answer = project.ask_at("textDocument/completion", "main.cot", "import \"./to‸\"\n");
    let tool = answer.as_array().expect("a list").iter().find(|item| item["label"] == "tool.cot").expect("there");
    assert_eq!(tool["textEdit"]["newText"], "tool.cot");
    assert_eq!(tool["textEdit"]["range"]["start"], json!({ "line": 0, "character": 10 }));
    // A blank asks for something in imports only.
    let uri = project.uri("main.cot");
    for (text, is_asked) in [("let x = ‸\n", false), ("from tool import ‸\n", true)] {
        let (text, position) = marked(text);
        project.editor.open(&uri, &text);
        let mut params = at(&uri, &position);
        params["context"] = json!({ "triggerKind": 2, "triggerCharacter": " " });
        let offered = project.editor.ask("textDocument/completion", params);
        assert_eq!(offered.as_array().is_some_and(|items| !items.is_empty()), is_asked, "{text}");
    }
    project.editor.leave();
}

#[test]
fn the_library_can_be_read() {
    let mut project = Project::new(&[]);
    let mut line_of = |text: &str| {
        let place = project.ask_at("textDocument/definition", "main.cot", text);
        let path = place["uri"].as_str().unwrap_or_else(|| panic!("no place: {text}")).strip_prefix("file://").expect("a file");
        let line = place["range"]["start"]["line"].as_u64().expect("a line") as usize;
        assert!(std::fs::metadata(path).expect("there").permissions().readonly(), "{path}");
        let name = Path::new(path).file_name().expect("a name").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).expect("readable").lines().nth(line).expect("a line").to_string())
    };
    let (file, line) = line_of("import sqlite\nsqlite.op‸en(\":memory:\")\n");
    assert!(file == "sqlite.cot" && line.starts_with("fn open("), "{file}: {line}");
    let (file, line) = line_of("from zlib import compr‸ess\n");
    assert!(file == "zlib.cot" && line.starts_with("fn compress("), "{file}: {line}");
    assert_eq!(line_of("import sqli‸te\n").0, "sqlite.cot");
    let (file, line) = line_of("let xs = [1]\nxs.ma‸p(fn(x) => x)\n");
    assert!(file == "list.cot" && line.starts_with("fn map(self"), "{file}: {line}");
    let (file, line) = line_of("import os\nos.ru‸n([])\n");
    assert!(file == "os.cot" && line.starts_with("fn run("), "{file}: {line}");
    // What is written in Rust has no text of Cotter.
    assert_eq!(project.ask_at("textDocument/definition", "main.cot", "import math\nmath.sq‸rt(1)\n"), Value::Null);
    // The copy is a file like others, only that it is not changed.
    let copy = ".cache/library/sqlite.cot";
    let text = std::fs::read_to_string(project.root.join(copy)).expect("there");
    let reason = project.rename(copy, &text.replace("fn open(", "fn op‸en("), "begin").expect_err("refused");
    assert!(reason.contains("belongs to the library"), "{reason}");
    let reason = project.rename("main.cot", "import sqlite\nsqlite.op‸en(\"a\")\n", "begin").expect_err("refused");
    assert!(reason.contains("belongs to the library"), "{reason}");
    project.editor.leave();
}

const FILES: &[(&str, &str)] = &[
    ("tool.cot", "fn help(x) => x\nprint(help(1))\nfn other() => 1\n"),
    ("one.cot", "import tool\nprint(tool.help(1))\nprint(tool.help)\n"),
    ("below/two.cot", "from \"../tool.cot\" import help\nprint(help(1))\n"),
    ("below/tool.cot", "fn help() => 2\n"),
    ("below/three.cot", "import tool\ntool.help()\n"),
    ("alias.cot", "from tool import help as h\nh(2)\n"),
    (".hidden/no.cot", "import \"../tool.cot\"\ntool.help(1)\n"),
];

#[test]
fn references_are_found_in_the_folder() {
    let mut project = Project::new(FILES);
    let expected: Vec<(String, u64)> = [
        ("tool.cot", 0),
        ("tool.cot", 1),
        ("alias.cot", 0),
        ("alias.cot", 1),
        ("below/two.cot", 0),
        ("below/two.cot", 1),
        ("one.cot", 1),
        ("one.cot", 2),
    ]
    .map(|(name, line)| (name.to_string(), line))
    .to_vec();
    let sorted = |mut found: Vec<(String, u64)>| {
        found.sort();
        found
    };
    let expected = sorted(expected);
    assert_eq!(sorted(project.references("tool.cot", &FILES[0].1.replace("fn help", "fn he‸lp"))), expected);
    assert_eq!(sorted(project.references("one.cot", &FILES[1].1.replace("(tool.help(", "(tool.he‸lp("))), expected);
    assert_eq!(sorted(project.references("alias.cot", &FILES[5].1.replace("h(2)", "‸h(2)"))), expected);
    // What the editor has is what counts.
    let uri = project.uri("one.cot");
    project.editor.open(&uri, "import tool\n\n\nprint(tool.help(1))\n");
    let found = project.references("tool.cot", &FILES[0].1.replace("fn help", "fn he‸lp"));
    assert!(found.contains(&("one.cot".to_string(), 3)) && !found.contains(&("one.cot".to_string(), 1)), "{found:?}");
    // What belongs to the language is found in this file.
    assert_eq!(project.references("x.cot", "pri‸nt(1)\nlen([])\nprint(2)\n").len(), 2);
    project.editor.leave();
}

#[test]
fn files_that_are_not_open_follow_a_renaming() {
    let mut project = Project::new(FILES);
    let changes = project.rename("tool.cot", &FILES[0].1.replace("fn help", "fn he‸lp"), "aid").expect("renamed");
    assert_eq!(changes.as_object().expect("files").len(), 4);
    assert_eq!(project.after(&changes, "tool.cot"), "fn aid(x) => x\nprint(aid(1))\nfn other() => 1\n");
    assert_eq!(project.after(&changes, "one.cot"), "import tool\nprint(tool.aid(1))\nprint(tool.aid)\n");
    assert_eq!(project.after(&changes, "below/two.cot"), "from \"../tool.cot\" import aid as help\nprint(help(1))\n");
    assert_eq!(project.after(&changes, "alias.cot"), "from tool import aid as h\nh(2)\n");
    // From a use in another file it is the same.
    assert_eq!(project.rename("one.cot", &FILES[1].1.replace("(tool.help(", "(tool.he‸lp("), "aid"), Ok(changes));
    let refused = project.rename("tool.cot", &FILES[0].1.replace("fn help", "fn he‸lp"), "_aid").expect_err("refused");
    assert!(refused.contains("not exported"), "{refused}");
    let refused = project.rename("one.cot", &FILES[1].1.replace("(tool.help(", "(tool.he‸lp("), "other").expect_err("refused");
    assert!(refused.contains("`other`"), "{refused}");
    // Where a file cannot be read whole, something might be missed.
    std::fs::write(project.root.join("alias.cot"), "from tool import help as h\nh(2\n").expect("written");
    let refused = project.rename("tool.cot", &FILES[0].1.replace("fn help", "fn he‸lp"), "aid").expect_err("refused");
    assert!(refused.contains("alias.cot") && refused.contains("mistakes"), "{refused}");
    project.editor.leave();
}

#[test]
fn uses_are_marked_in_the_file() {
    let mut editor = Editor::initialized();
    let answer = editor.ask_at("textDocument/documentHighlight", PLACE, "let x = 1\nfn f() => ‸x\nfn g(x) => x\n");
    let lines: Vec<u64> = answer
        .as_array()
        .expect("a list")
        .iter()
        .map(|found| found["range"]["start"]["line"].as_u64().expect("a line"))
        .collect();
    assert_eq!(lines, [0, 1]);
    assert_eq!(editor.ask_at("textDocument/documentHighlight", PLACE, "let x = 1 ‸+ 2\n"), Value::Null);
    editor.leave();
}
