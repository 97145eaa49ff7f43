//! An editor: it starts the server, talks to it, and applies what it says.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub struct Editor {
    pub child: Child,
    pub input: ChildStdin,
    output: BufReader<ChildStdout>,
    next: i64,
    /// What was published last, by address.
    diagnostics: Vec<(String, Vec<Value>)>,
}

impl Editor {
    pub fn start() -> Editor {
        Editor::start_with(&[])
    }

    /// Starts the server with variables in its environment.
    pub fn start_with(variables: &[(&str, &str)]) -> Editor {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cotter"))
            .arg("lsp")
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("started");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Editor { child, input, output, next: 0, diagnostics: Vec::new() }
    }

    pub fn initialized() -> Editor {
        Editor::start().initialize(Value::Null)
    }

    pub fn initialize(self, folder: Value) -> Editor {
        let mut editor = self;
        let answer = editor.ask("initialize", json!({ "processId": null, "rootUri": folder, "capabilities": {} }));
        assert_eq!(answer["serverInfo"]["name"], "cotter");
        editor.tell("initialized", json!({}));
        editor
    }

    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).expect("sent");
        self.input.flush().expect("sent");
    }

    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        self.send_bytes(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next message; what is published on the way is kept.
    pub fn read(&mut self) -> Value {
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                assert!(self.output.read_line(&mut line).expect("readable") > 0, "the server has ended");
                if line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.strip_prefix("Content-Length: ") {
                    length = value.trim().parse().expect("a number");
                }
            }
            let mut content = vec![0; length];
            self.output.read_exact(&mut content).expect("all of it");
            let message: Value = serde_json::from_slice(&content).expect("JSON");
            if message["method"] != "textDocument/publishDiagnostics" {
                return message;
            }
            let uri = message["params"]["uri"].as_str().expect("an address").to_string();
            let found = message["params"]["diagnostics"].as_array().expect("a list").clone();
            self.diagnostics.retain(|(known, _)| *known != uri);
            self.diagnostics.push((uri, found));
        }
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let answer = self.read();
        assert_eq!(answer["id"], id, "{answer}");
        answer
    }

    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.request(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Why a request was refused.
    pub fn refused(&mut self, method: &str, params: Value) -> String {
        let answer = self.request(method, params);
        answer["error"]["message"].as_str().unwrap_or_else(|| panic!("{method} was answered: {answer}")).to_string()
    }

    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "cotter", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Gives a document another text.
    pub fn change(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "version": 2 });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
    }

    /// What is asked of the place of the marker, the document having been given the text without it.
    pub fn ask_at(&mut self, method: &str, uri: &str, text: &str) -> Value {
        let (text, position) = marked(text);
        self.open(uri, &text);
        self.ask(method, at(uri, &position))
    }

    /// All that was told of a document, once the server is through with what it was sent.
    pub fn found(&mut self, uri: &str) -> Vec<Value> {
        self.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
        self.diagnostics.iter().find(|(known, _)| known == uri).map(|(_, found)| found.clone()).unwrap_or_default()
    }

    pub fn leave(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        assert_eq!(self.child.wait().expect("ended").code(), Some(0));
    }
}

/// Where the marker `‸` stands in a text, and the text without it.
pub fn marked(text: &str) -> (String, Value) {
    let at = text.find('‸').expect("a marker");
    let line = text[..at].matches('\n').count();
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let character = text[start..at].encode_utf16().count();
    (text.replace('‸', ""), json!({ "line": line, "character": character }))
}

pub const PLACE: &str = "file:///nowhere/main.cot";

pub fn at(uri: &str, position: &Value) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": position })
}

/// What is shown at the marker.
pub fn hover(text: &str) -> String {
    let (text, position) = marked(text);
    let mut editor = Editor::initialized();
    editor.open(PLACE, &text);
    let answer = editor.ask("textDocument/hover", at(PLACE, &position));
    editor.leave();
    answer["contents"]["value"].as_str().unwrap_or("").to_string()
}

/// The labels of what is offered at the marker.
pub fn offered(text: &str) -> Vec<String> {
    let (text, position) = marked(text);
    let mut editor = Editor::initialized();
    editor.open(PLACE, &text);
    let answer = editor.ask("textDocument/completion", at(PLACE, &position));
    editor.leave();
    answer.as_array().expect("a list").iter().map(|item| item["label"].as_str().expect("a label").to_string()).collect()
}

/// The text after a renaming at the marker, or why there is none.
pub fn renamed(text: &str, new: &str) -> Result<String, String> {
    let (text, position) = marked(text);
    let mut editor = Editor::initialized();
    editor.open(PLACE, &text);
    let mut params = at(PLACE, &position);
    params["newName"] = json!(new);
    let answer = editor.request("textDocument/rename", params);
    editor.leave();
    match answer["error"]["message"].as_str() {
        Some(reason) => Err(reason.to_string()),
        None => Ok(edited(&text, answer["result"]["changes"][PLACE].as_array().expect("edits"))),
    }
}

fn offset(text: &str, position: &Value) -> usize {
    let line = position["line"].as_u64().expect("a line") as usize;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let mut units = position["character"].as_u64().expect("a character") as usize;
    let mut at = start;
    for character in text[start..].chars() {
        if units == 0 {
            break;
        }
        units -= character.len_utf16();
        at += character.len_utf8();
    }
    at
}

pub fn edited(text: &str, edits: &[Value]) -> String {
    let mut edits: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            (offset(text, &range["start"]), offset(text, &range["end"]), edit["newText"].as_str().expect("a text"))
        })
        .collect();
    edits.sort();
    let mut text = text.to_string();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}
