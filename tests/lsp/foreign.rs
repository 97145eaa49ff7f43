//! Names that C declares: in C text, in headers, while they are written, and where there is no compiler.

use super::editor::{Editor, PLACE, at, hover, marked, offered, renamed};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const C_TEXT: &str = "extern \"z\" as z c {
    #define Z_OK 0
    struct pair { int left; double right; };
    unsigned long crc32(unsigned long crc, const unsigned char *buf, unsigned int len);
    @throws(nonzero) @sized_by(to, *size)
    int packed(unsigned char *to, unsigned long *size);
}
";

fn text(answer: &Value) -> &str {
    answer["contents"]["value"].as_str().unwrap_or("")
}

fn labels(answer: &Value) -> Vec<&str> {
    answer.as_array().expect("a list").iter().map(|item| item["label"].as_str().expect("a label")).collect()
}

#[test]
fn c_text_declares_names() {
    let shown = hover(&format!("{C_TEXT}z.crc‸32(0, nil, 0)\n"));
    assert!(shown.contains("fn crc32(crc: c_ulong, buf: *const c_uchar, len: c_uint) -> c_ulong"), "{shown}");
    let shown = hover(&format!("{C_TEXT}z.pac‸ked(nil, nil)\n"));
    assert!(shown.contains("@throws(nonzero) @sized_by(to, *size) fn packed(to: *c_uchar, size: *c_ulong) -> c_int"), "{shown}");
    let shown = hover(&format!("{C_TEXT}print(z.Z_‸OK)\n"));
    assert!(shown.contains("const Z_OK = 0"), "{shown}");
    let shown = hover(&C_TEXT.replace("crc32(", "crc‸32("));
    assert!(shown.contains("fn crc32(crc: c_ulong"), "{shown}");
    assert_eq!(offered(&format!("{C_TEXT}z.‸\n")), ["Z_OK", "pair", "crc32", "packed"]);
    assert_eq!(offered(&format!("{C_TEXT}let p = z.pair(1, 2)\np.‸\n")), ["left", "right"]);
    let names = offered(&format!("{C_TEXT}z.crc32(0, ‸\n"));
    assert!(names.contains(&"buf:".to_string()) && names.contains(&"len:".to_string()), "{names:?}");
    assert!(renamed(&format!("{C_TEXT}z.crc‸32(0, nil, 0)\n"), "sum").expect_err("refused").contains("in C"));
    let mut editor = Editor::initialized();
    let mut line = |text: &str| editor.ask_at("textDocument/definition", PLACE, text)["range"].clone();
    let range = line(&format!("{C_TEXT}z.crc‸32(0, nil, 0)\n"));
    assert_eq!(
        (&range["start"]["line"], &range["start"]["character"], &range["end"]["character"]),
        (&json!(3), &json!(18), &json!(23))
    );
    assert_eq!(line(&format!("{C_TEXT}print(z.Z_‸OK)\n"))["start"], json!({ "line": 1, "character": 12 }));
    let range = line(&format!("{C_TEXT}let p = z.pair(1, 2)\nprint(p.ri‸ght)\n"));
    assert_eq!(range["start"], json!({ "line": 2, "character": 35 }));
    let symbols = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": PLACE } }));
    let children: Vec<&str> =
        symbols[0]["children"].as_array().expect("a list").iter().map(|child| child["name"].as_str().expect("a name")).collect();
    assert_eq!(children, ["Z_OK", "pair", "crc32", "packed"]);
    editor.leave();
}

#[test]
fn what_c_text_declared_is_known_while_it_is_broken() {
    let mut editor = Editor::initialized();
    let script = |c: &str, rest: &str| format!("extern \"z\" as z c {{\n{c}\n}}\n{rest}\n");
    editor.open(PLACE, &script("int one(int a);\nint two(int b);", "z.one(1)"));
    assert!(editor.found(PLACE).is_empty());
    for broken in
        ["int one(int a;\nint two(int b);", "int three(\nint one(int a);\nint two(int b);", "int one(int a);\nint (*two(", "int"]
    {
        let found = {
            editor.change(PLACE, &script(broken, "z.one(1)"));
            editor.found(PLACE)
        };
        assert!(found.iter().all(|found| found["range"]["start"]["line"].as_u64() < Some(4)), "{broken}: {found:?}");
        let (text_of, position) = marked(&script(broken, "z.‸"));
        editor.change(PLACE, &text_of);
        let offered = editor.ask("textDocument/completion", at(PLACE, &position));
        let names = labels(&offered);
        assert!(names.contains(&"one") && names.contains(&"two"), "{broken}: {names:?}");
        let (text_of, position) = marked(&script(broken, "z.o‸ne(1)"));
        editor.change(PLACE, &text_of);
        assert!(text(&editor.ask("textDocument/hover", at(PLACE, &position))).contains("fn one(a: c_int) -> c_int"), "{broken}");
        assert!(editor.ask("textDocument/definition", at(PLACE, &position)).is_object(), "{broken}");
    }
    // What is gone from a text that can be read again is gone.
    let (text_of, position) = marked(&script("int two(int b);", "z.‸"));
    editor.change(PLACE, &text_of);
    assert_eq!(labels(&editor.ask("textDocument/completion", at(PLACE, &position))), ["two"]);
    editor.leave();
}

/// A folder with a header, and a C compiler that counts how often it is started.
struct Workshop {
    folder: tempfile::TempDir,
    root: PathBuf,
}

impl Workshop {
    fn new() -> Workshop {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("real");
        let workshop = Workshop { folder, root };
        workshop
            .write("tool.h", "#define TOOL_MOST 7\n\n\nint tool_open(const char *name, int mode);\nint tool_close(int tool);\n");
        let compiler = workshop.compiler();
        let log = workshop.root.join("log");
        std::fs::write(&compiler, format!("#!/bin/sh\necho started >> '{}'\nexec cc \"$@\"\n", log.display())).expect("written");
        std::fs::set_permissions(&compiler, std::fs::Permissions::from_mode(0o755)).expect("set");
        workshop
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("written");
    }

    fn compiler(&self) -> PathBuf {
        self.root.join("counting-cc")
    }

    fn uri(&self, name: &str) -> String {
        format!("file://{}", self.root.join(name).display())
    }

    fn started(&self) -> usize {
        std::fs::read_to_string(self.root.join("log")).map_or(0, |log| log.lines().count())
    }

    fn editor(&self, compiler: &Path) -> Editor {
        Editor::start_with(&[("CC", compiler.to_str().expect("a plain path"))]).initialize(Value::Null)
    }
}

#[test]
fn headers_declare_names() {
    let workshop = Workshop::new();
    let mut editor = workshop.editor(&workshop.compiler());
    let main = workshop.uri("main.cot");
    let script = |rest: &str| format!("extern header \"tool.h\" {{ tool_open, TOOL_* }}\n{rest}\n");
    let shown = editor.ask_at("textDocument/hover", &main, &script("tool_o‸pen(\"x\", TOOL_MOST)"));
    assert!(text(&shown).contains("fn tool_open(name: cstr, mode: c_int) -> c_int"), "{shown}");
    assert!(editor.found(&main).is_empty());
    let shown = editor.ask_at("textDocument/hover", &main, &script("print(TOOL_‸MOST)"));
    assert!(text(&shown).contains("const TOOL_MOST = 7"), "{shown}");
    let shown = editor.ask_at("textDocument/hover", &main, &script("").replace("{ tool", "{ to‸ol"));
    assert!(text(&shown).contains("fn tool_open("), "{shown}");
    let place = editor.ask_at("textDocument/definition", &main, &script("tool_o‸pen(\"x\", 1)"));
    assert_eq!(
        (place["uri"].as_str(), &place["range"]["start"]),
        (Some(&*workshop.uri("tool.h")), &json!({ "line": 3, "character": 4 }))
    );
    let place = editor.ask_at("textDocument/definition", &main, &script("print(TOOL_‸MOST)"));
    assert_eq!(place["range"]["start"], json!({ "line": 0, "character": 8 }));
    let offered = editor.ask_at("textDocument/completion", &main, &script("tool‸"));
    let names = labels(&offered);
    assert!(names.contains(&"tool_open") && names.contains(&"TOOL_MOST") && !names.contains(&"tool_close"), "{names:?}");
    let offered = editor.ask_at("textDocument/completion", &main, &script("").replace(", TOOL", ", tool‸, TOOL"));
    assert_eq!(labels(&offered), ["TOOL_MOST", "tool_open", "tool_close"]);
    let aliased = "extern \"m\" as m header \"tool.h\" { tool_open }\nm.‸\n";
    assert_eq!(labels(&editor.ask_at("textDocument/completion", &main, aliased)), ["tool_open"]);
    editor.leave();
}

#[test]
fn doc_comments_of_c_are_shown() {
    let workshop = Workshop::new();
    workshop.write("told.h", "/** Opens it. */\nint told_open(void);\n");
    let mut editor = workshop.editor(&workshop.compiler());
    let main = workshop.uri("main.cot");
    let shown = editor.ask_at("textDocument/hover", &main, "extern header \"told.h\" { told_open }\ntold_o‸pen()\n");
    assert!(text(&shown).contains("fn told_open() -> c_int") && text(&shown).contains("Opens it."), "{shown}");
    let pasted = "extern \"z\" c {\n    /// Closes it.\n    int shut(int handle);\n}\nshut(‸1)\n";
    let told = editor.ask_at("textDocument/signatureHelp", &main, pasted);
    assert_eq!(told["signatures"][0]["documentation"]["value"], "Closes it.");
    editor.leave();
}

#[test]
fn the_c_compiler_is_not_asked_at_each_stroke() {
    let workshop = Workshop::new();
    let mut editor = workshop.editor(&workshop.compiler());
    let main = workshop.uri("main.cot");
    editor.open(&main, "extern header \"tool.h\" { tool_open }\n");
    assert!(editor.found(&main).is_empty());
    // Once for where headers are, once for this one.
    assert_eq!(workshop.started(), 2);
    for typed in ["tool_", "tool_close", "TOOL_*", "tool_open, "] {
        for rest in ["t", "tool_open(\"x\"", "tool_open(\"x\", 1)"] {
            let (text, position) = marked(&format!("extern header \"tool.h\" {{ {typed} }}\n{rest}‸\n"));
            editor.change(&main, &text);
            editor.found(&main);
            editor.ask("textDocument/hover", at(&main, &position));
            editor.ask("textDocument/completion", at(&main, &position));
        }
    }
    assert_eq!(workshop.started(), 2);
    // A header whose name is being typed is not there, and that is seen without the compiler.
    for typed in ["l", "lat", "later.", "later.h"] {
        editor.change(&main, &format!("extern header \"{typed}\" {{ later }}\nlater()\n"));
        let found = editor.found(&main);
        assert!(found[0]["message"].as_str().is_some_and(|text| text.contains(&format!("no header `{typed}`"))), "{found:?}");
    }
    assert_eq!(workshop.started(), 2);
    workshop.write("later.h", "int later(void);\n");
    editor.change(&main, "extern header \"later.h\" { later }\nlater() \n");
    assert_eq!(editor.found(&main), Vec::<Value>::new());
    assert_eq!(workshop.started(), 3);
    // It is read again when it has changed, and only then.
    workshop.write("later.h", "int later(int still);\n");
    for _ in 0..3 {
        let shown = editor.ask_at("textDocument/hover", &main, "extern header \"later.h\" { later }\nla‸ter(1)\n");
        assert!(text(&shown).contains("fn later(still: c_int) -> c_int"), "{shown}");
    }
    assert_eq!(workshop.started(), 4);
    editor.leave();
}

#[test]
fn what_a_header_declared_is_known_while_its_block_is_broken() {
    let workshop = Workshop::new();
    let mut editor = workshop.editor(&workshop.compiler());
    let main = workshop.uri("main.cot");
    editor.open(&main, "extern \"m\" as m header \"tool.h\" { tool_open, tool_close }\n");
    assert!(editor.found(&main).is_empty());
    for broken in ["header \"tool\" { tool_open, tool_close }", "header \"tool.h\" { tool_ope, tool_close }"] {
        let (text, position) = marked(&format!("extern \"m\" as m {broken}\nm.‸\n"));
        editor.change(&main, &text);
        let found = editor.found(&main);
        assert!(found.iter().any(|found| found["range"]["start"]["line"] == 0), "{found:?}");
        let offered = editor.ask("textDocument/completion", at(&main, &position));
        let mut names = labels(&offered);
        names.sort();
        assert_eq!(names, ["tool_close", "tool_open"], "{broken}");
    }
    editor.leave();
}

#[test]
fn a_missing_compiler_is_told_and_harms_nothing() {
    let workshop = Workshop::new();
    let compiler = workshop.root.join("later-cc");
    let mut editor = workshop.editor(&compiler);
    let main = workshop.uri("main.cot");
    let script = "extern header \"tool.h\" { tool_open }\nextern \"z\" c {\n    int crc(int x);\n}\nfn own(a) => a\nprint(tool_open(\"x\", 1), cr‸c(1), own(2))\n";
    let shown = editor.ask_at("textDocument/hover", &main, script);
    assert!(text(&shown).contains("fn crc(x: c_int) -> c_int"), "{shown}");
    let found = editor.found(&main);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["severity"], &found[0]["range"]["start"]["line"]), (&json!(2), &json!(0)));
    assert!(found[0]["message"].as_str().is_some_and(|text| text.contains("later-cc")));
    // It is installed, and the file saved.
    std::fs::copy(workshop.compiler(), &compiler).expect("copied");
    editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": main } }));
    assert_eq!(editor.found(&main), Vec::<Value>::new());
    // What was read is known although the compiler is gone again.
    std::fs::remove_file(&compiler).expect("removed");
    let shown = editor.ask_at("textDocument/hover", &main, "extern header \"tool.h\" { tool_open }\ntool_o‸pen\n");
    assert!(text(&shown).contains("fn tool_open("), "{shown}");
    editor.leave();
}
