//! The language server, driven over its standard streams as an editor drives it.
//!
//! `editor` is the editor; here is what it asks of plain scripts, in `foreign` what it asks where C is declared, in `modules` what it
//! asks across files.

mod editor;
mod foreign;
mod modules;

use editor::{Editor, PLACE, at, edited, hover, marked, offered, renamed};
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn mistakes_are_told_as_one_types() {
    let mut editor = Editor::initialized();
    editor.open(PLACE, "let s = \"😀\"; unknown()\nlet = 1\n");
    let found = editor.found(PLACE);
    assert!(found.iter().any(|one| one["message"].as_str().is_some_and(|text| text.contains("expected"))), "{found:?}");
    let change = json!({ "textDocument": { "uri": PLACE, "version": 2 }, "contentChanges": [
        { "range": { "start": { "line": 1, "character": 0 }, "end": { "line": 2, "character": 0 } }, "text": "" },
    ] });
    editor.tell("textDocument/didChange", change);
    let found = editor.found(PLACE);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0]["message"].as_str().expect("a text").starts_with("undefined name `unknown`"));
    // The emoji is two units of UTF-16, one character and four bytes.
    let place = json!({ "start": { "line": 0, "character": 14 }, "end": { "line": 0, "character": 21 } });
    assert_eq!(found[0]["range"], place);
    editor.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": PLACE, "version": 3 }, "contentChanges": [{ "text": "print(1)\n" }] }),
    );
    assert!(editor.found(PLACE).is_empty());
    editor.leave();
}

#[test]
fn what_a_name_is_is_shown() {
    let shown = hover("## Doubles a number.\nfn double(x: int) -> int => x * 2\nprint(dou‸ble(1))\n");
    assert!(shown.contains("fn double(x: int) -> int") && shown.contains("Doubles a number."), "{shown}");
    let shown = hover("pri‸nt(1)\n");
    assert!(shown.contains("print(...values") && shown.contains("Prints"), "{shown}");
    let shown = hover("import math\nmath.sq‸rt(2)\n");
    assert!(shown.contains("math.sqrt") && shown.contains("square root"), "{shown}");
    let shown =
        hover("struct Point {\n    x: f64\n    ## How far away.\n    fn norm(self) => self.x\n}\nlet p = Point(1)\np.no‸rm()\n");
    assert!(shown.contains("fn Point.norm(self)") && shown.contains("How far away."), "{shown}");
    let shown =
        hover("extern \"libc.so.6\" as c {\n    @throws fn open(path: cstr, flags: c_int, ...) -> c_int\n}\nc.op‸en(\"x\", 0)\n");
    assert!(shown.contains("fn open(path: cstr, flags: c_int, ...) -> c_int"), "{shown}");
    let shown = hover("let xs = [1]\nxs.pu‸sh(2)\n");
    assert!(shown.contains("push("), "{shown}");
    assert_eq!(hover("let a = 1 ‸ + 2\n"), "");
}

#[test]
fn declarations_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("real");
    std::fs::write(root.join("tool.cot"), "let é = 1\n## Helps.\nfn help(x) => x\n").expect("written");
    let uri = |name: &str| format!("file://{}", root.join(name).display());
    let main = uri("main.cot");
    let mut editor = Editor::initialized();
    let mut definition = |text: &str| {
        let (text, position) = marked(text);
        editor.open(&main, &text);
        editor.ask("textDocument/definition", at(&main, &position))
    };
    let line = |answer: &Value| answer["range"]["start"]["line"].as_u64();
    let found = definition("let x = 1\nfn f() {\n    let x = 2\n    fn() => ‸x\n}\n");
    assert_eq!((found["uri"].as_str(), line(&found)), (Some(main.as_str()), Some(2)));
    let found = definition("extern \"libc.so.6\" {\n    fn getpid() -> c_int\n}\nget‸pid()\n");
    assert_eq!(line(&found), Some(1));
    let found = definition("extern \"libc.so.6\" as c {\n\n    fn getpid() -> c_int\n}\nc.get‸pid()\n");
    assert_eq!(line(&found), Some(2));
    let found = definition("import \"./tool.cot\"\ntool.he‸lp(1)\n");
    assert_eq!((found["uri"].as_str(), line(&found)), (Some(uri("tool.cot").as_str()), Some(2)));
    let found = definition("from \"./tool.cot\" import help as h\n‸h(1)\n");
    assert_eq!((found["uri"].as_str(), line(&found)), (Some(uri("tool.cot").as_str()), Some(2)));
    let found = definition("import too‸l\n");
    assert_eq!(found["uri"].as_str(), Some(uri("tool.cot").as_str()));
    assert_eq!(definition("pri‸nt(1)\n"), Value::Null);
    editor.leave();
}

#[test]
fn what_could_stand_there_is_offered() {
    let names = offered("let outer = 1\nfn f(first, second = 2) {\n    let inner = 3\n    ‸\n}\nlet later = 4\n");
    for name in ["outer", "first", "second", "inner", "f", "print", "while", "c_int"] {
        assert!(names.contains(&name.to_string()), "{name} is missing: {names:?}");
    }
    let names = offered("fn f() {\n    let inner = 3\n}\n‸\n");
    assert!(!names.contains(&"inner".to_string()));
    let names = offered("struct Point {\n    x: f64\n    fn norm(self) => 1\n}\nlet p = Point(1)\nif true {\n    print(p.‸\n}\n");
    assert_eq!(names, ["x", "norm"]);
    let names = offered("struct Point {\n    x: f64\n    fn norm(self) {\n        self.‸\n    }\n}\n");
    assert_eq!(names, ["x", "norm"]);
    let names = offered("import math\nlet a = math.s‸\n");
    assert!(names.contains(&"sqrt".to_string()) && !names.contains(&"print".to_string()), "{names:?}");
    let names = offered("extern \"z\" as z {\n    fn crc32(crc: c_ulong) -> c_ulong\n}\nz.‸\n");
    assert_eq!(names, ["crc32"]);
    let names = offered("let s = \"é😀\"; s.‸\n");
    assert!(names.contains(&"upper".to_string()) && names.contains(&"split".to_string()), "{names:?}");
    let names = offered("fn scaled(x, scale = 1) => x\nscaled(2, ‸)\n");
    assert!(names.contains(&"scale:".to_string()), "{names:?}");
    let names = offered("sorted([1], ‸\n");
    assert!(names.contains(&"by:".to_string()) && names.contains(&"reverse:".to_string()), "{names:?}");
    assert!(offered("# a comment ‸\n").is_empty());
    assert!(offered("let s = \"te‸xt\"\n").is_empty());
}

#[test]
fn the_outline_is_a_tree() {
    let mut editor = Editor::initialized();
    editor.open(
        PLACE,
        "struct Point {\n    x: f64\n    fn norm(self) => 1\n}\nfn f() {\n    let inner = 1\n}\nconst N = 3\nenum E { A, B }\n",
    );
    let answer = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": PLACE } }));
    let names = |value: &Value| -> Vec<String> {
        value
            .as_array()
            .map_or(Vec::new(), |list| list.iter().map(|symbol| symbol["name"].as_str().expect("a name").to_string()).collect())
    };
    assert_eq!(names(&answer), ["Point", "f", "N", "E"]);
    assert_eq!(names(&answer[0]["children"]), ["x", "norm"]);
    assert_eq!(names(&answer[3]["children"]), ["A", "B"]);
    assert_eq!(answer[0]["range"]["end"]["line"], 3);
    editor.leave();
}

#[test]
fn texts_are_formatted() {
    let mut editor = Editor::initialized();
    let text = "let  s=\"😀é\"\nf( s )\nfn f(x){x}";
    editor.open(PLACE, text);
    let params = json!({ "textDocument": { "uri": PLACE }, "options": { "tabSize": 4, "insertSpaces": true } });
    let edits = editor.ask("textDocument/formatting", params.clone());
    assert_eq!(edited(text, edits.as_array().expect("edits")), "let s = \"😀é\"\nf(s)\nfn f(x) { x }\n");
    editor.open(PLACE, "let s = 1\n");
    assert_eq!(editor.ask("textDocument/formatting", params.clone()), json!([]));
    editor.open(PLACE, "let = 1\n");
    assert!(editor.refused("textDocument/formatting", params).contains("syntax errors"));
    editor.leave();
}

#[test]
fn names_get_others_where_they_mean_the_same() {
    let ok = |text: &str, new: &str| renamed(text, new).unwrap_or_else(|reason| panic!("{reason}: {text}"));
    assert_eq!(
        ok("let x = 1\nfn f(x) {\n    let g = fn() => ‸x + 1\n    \"{x}\"\n}\nprint(x)\n", "y"),
        "let x = 1\nfn f(y) {\n    let g = fn() => y + 1\n    \"{y}\"\n}\nprint(x)\n"
    );
    assert_eq!(
        ok("var ‸count = 0\nfn add() {\n    fn() { count += 1 }\n}\nprint(\"😀{count}\", count)\n", "n"),
        "var n = 0\nfn add() {\n    fn() { n += 1 }\n}\nprint(\"😀{n}\", n)\n"
    );
    assert_eq!(ok("fn f(s‸cale) => scale\nf(scale: 2)\n", "by"), "fn f(by) => by\nf(by: 2)\n");
    assert_eq!(
        ok("struct P { x }\nlet p: ‸P = P(1)\nmatch p { P(x) -> x, _ -> 0 }\n", "Q"),
        "struct Q { x }\nlet p: Q = Q(1)\nmatch p { Q(x) -> x, _ -> 0 }\n"
    );
    assert_eq!(
        ok("struct P { x }\nmatch P(1) { P(x) -> ‸x, _ -> 0 }\n", "y"),
        "struct P { x }\nmatch P(1) { P(x: y) -> y, _ -> 0 }\n"
    );
    assert_eq!(ok("import math\nmat‸h.sqrt(2)\n", "m"), "import math as m\nm.sqrt(2)\n");
    assert_eq!(ok("import math as a\n‸a.sqrt(2)\n", "m"), "import math as m\nm.sqrt(2)\n");
    assert_eq!(ok("from math import sqrt\nsqr‸t(2)\n", "root"), "from math import sqrt as root\nroot(2)\n");
    assert_eq!(ok("for a, b in [:] { print(‸a) }\n", "key"), "for key, b in [:] { print(key) }\n");
}

#[test]
fn what_cannot_be_renamed_is_refused_with_a_reason() {
    let refused = |text: &str, new: &str| renamed(text, new).expect_err("refused");
    assert!(refused("pri‸nt(1)\n", "show").contains("belongs to the language"));
    assert!(refused("struct P { x }\nlet p = P(1)\np.‸x\n", "y").contains("member"));
    assert!(refused("let ‸x = 1\n", "while").contains("keyword"));
    assert!(refused("let ‸x = 1\n", "1x").contains("no name"));
    assert!(refused("let ‸x = 1\nlet y = 2\n", "y").contains("`y`"));
    assert!(refused("let ‸x = 1\nfn f(y) => x + y\n", "y").contains("mean something else"));
    assert!(refused("let ‸x = 1\nprint(x)\n", "print").contains("mean something else"));
    assert!(refused("extern \"libc.so.6\" { fn getpid() -> c_int }\nget‸pid()\n", "pid").contains("@symbol"));
    assert!(refused("let x = 1 ‸ + 2\n", "y").contains("no name here"));
}

#[test]
fn importers_that_are_open_follow_a_renaming() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("real");
    let uri = |name: &str| format!("file://{}", root.join(name).display());
    let tool = "fn help(x) => x\n";
    std::fs::write(root.join("tool.cot"), tool).expect("written");
    let one = "import tool\nprint(tool.help(1))\n";
    let other = "from \"./tool.cot\" import help\nprint(help(1))\n";
    let mut editor = Editor::initialized();
    editor.open(&uri("tool.cot"), tool);
    editor.open(&uri("one.cot"), one);
    editor.open(&uri("other.cot"), other);
    let mut params = at(&uri("tool.cot"), &json!({ "line": 0, "character": 4 }));
    params["newName"] = json!("aid");
    let changes = editor.ask("textDocument/rename", params)["changes"].clone();
    let after = |name: &str, text: &str| edited(text, changes[&uri(name)].as_array().expect("edits"));
    assert_eq!(after("tool.cot", tool), "fn aid(x) => x\n");
    assert_eq!(after("one.cot", one), "import tool\nprint(tool.aid(1))\n");
    assert_eq!(after("other.cot", other), "from \"./tool.cot\" import aid as help\nprint(help(1))\n");
    editor.leave();
}

#[test]
fn uses_are_listed() {
    let mut editor = Editor::initialized();
    let (text, position) = marked("let ‸x = 1\nfn f() => x\nfn g(x) => x\n");
    editor.open(PLACE, &text);
    let mut params = at(PLACE, &position);
    params["context"] = json!({ "includeDeclaration": true });
    let found = editor.ask("textDocument/references", params);
    let lines: Vec<u64> =
        found.as_array().expect("a list").iter().map(|place| place["range"]["start"]["line"].as_u64().expect("a line")).collect();
    assert_eq!(lines, [0, 1]);
    editor.leave();
}

#[test]
fn malformed_messages_do_not_end_it() {
    let mut editor = Editor::initialized();
    editor.send_bytes(b"Content-Length: 9\r\n\r\nnot json!");
    assert_eq!(editor.read()["error"]["code"], -32700);
    editor.send_bytes(b"Content-Length: 2\r\n\r\n[]");
    assert_eq!(editor.read()["error"]["code"], -32700);
    editor.send_bytes(b"Content-Length: many\r\n\r\n");
    assert_eq!(editor.read()["error"]["code"], -32700);
    editor.send_bytes(b"nonsense\r\n\r\nX-Header: 1\r\n\r\n\xff\xfe\n");
    editor.send_bytes(b"Content-Length: 99999999999999\r\n\r\n");
    assert_eq!(editor.read()["error"]["code"], -32700);
    assert!(editor.refused("no/such/method", json!({})).contains("no/such/method"));
    let answer = editor.request("textDocument/hover", json!({ "textDocument": 5 }));
    assert_eq!(answer["error"]["code"], -32602);
    assert!(
        editor
            .refused("textDocument/hover", at("file:///never/opened", &json!({ "line": 0, "character": 0 })))
            .contains("not open")
    );
    editor.tell("textDocument/didOpen", json!({ "nothing": true }));
    editor.tell("textDocument/didChange", json!({ "textDocument": { "uri": "file:///x", "version": 1 }, "contentChanges": [] }));
    editor.open(PLACE, "print(1)\n");
    let far = json!({ "line": 99, "character": 99 });
    assert_eq!(editor.ask("textDocument/hover", at(PLACE, &far)), Value::Null);
    editor.leave();
}

#[test]
fn it_is_initialized_first_and_ends_when_told() {
    let mut editor = Editor::start();
    assert_eq!(editor.request("textDocument/hover", json!({}))["error"]["code"], -32002);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.child.wait().expect("ended").code(), Some(1));
    // An editor that is gone has closed the stream.
    let Editor { mut child, input, .. } = Editor::initialized();
    drop(input);
    assert_eq!(child.wait().expect("ended").code(), Some(1));
}

#[test]
fn deep_texts_do_not_end_it() {
    let mut editor = Editor::initialized();
    let nested = |open: &str, close: &str| format!("{}1{}\n", open.repeat(300), close.repeat(300));
    for text in [
        nested("match 1 { _ -> ", " }"),
        nested("try { ", " } catch e { }"),
        nested("for x in [] { ", " }"),
        nested("fn() { ", " }"),
        nested("f(", ")"),
        nested("[", "]"),
        format!("x{}\n", ".y".repeat(5_000)),
        format!("let x = {}1\n", "x + ".repeat(5_000)),
    ] {
        editor.open(PLACE, &text);
        editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": PLACE } }));
        let middle = at(PLACE, &json!({ "line": 0, "character": text.len() / 2 }));
        editor.ask("textDocument/hover", middle.clone());
        editor.ask("textDocument/completion", middle);
        let params = json!({ "textDocument": { "uri": PLACE }, "options": { "tabSize": 4, "insertSpaces": true } });
        editor.request("textDocument/formatting", params);
    }
    editor.leave();
}

/// Whatever is asked at whatever place of whatever example, there is an answer.
#[test]
fn every_place_of_the_examples_has_answers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut editor = Editor::initialized();
    for name in ["lisp", "statistics", "sqlite_report", "people"] {
        let path = root.join("examples").join(format!("{name}.cot"));
        let uri = format!("file://{}", path.display());
        let text = std::fs::read_to_string(&path).expect("an example");
        editor.open(&uri, &text);
        assert!(editor.found(&uri).is_empty(), "{name}");
        for (line, content) in text.lines().enumerate().step_by(5) {
            for character in (0..content.len()).step_by(9) {
                let place = at(&uri, &json!({ "line": line, "character": character }));
                editor.ask("textDocument/hover", place.clone());
                editor.ask("textDocument/definition", place.clone());
                editor.request("textDocument/prepareRename", place);
            }
            let end = at(&uri, &json!({ "line": line, "character": content.len() }));
            editor.ask("textDocument/completion", end);
        }
    }
    editor.leave();
}
