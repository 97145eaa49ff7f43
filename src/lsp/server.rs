//! Requests and their answers.

use super::document::{Document, ReadFile, path_of};
use super::library::Library;
use super::outline::outline;
use super::text::Text;
use crate::diagnostic::{Diagnostic, Severity};
use crate::session::{ForeignNames, KeptHeaders, Options, Session};
use crate::source::SourceRange;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::*;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::str::FromStr;

/// A session keeps all texts it has checked; once they are so many bytes, another one begins.
const MOST_CHECKED: usize = 32 << 20;

/// An answer, or the code and the words of a refusal.
type Answer = Result<Value, (ErrorCode, String)>;

pub struct Server {
    session: Session,
    library: Library,
    options: Options,
    kept_headers: KeptHeaders,
    /// What is open, by address.
    documents: BTreeMap<String, Rc<Document>>,
    /// Files that were read because one that is open has to do with them, by their real paths.
    files: RefCell<HashMap<PathBuf, ReadFile>>,
    /// The folders that the editor has open.
    folders: Vec<PathBuf>,
    is_initialized: bool,
    is_shut_down: bool,
    ended: Option<u8>,
}

impl Server {
    pub fn new(options: Options) -> Server {
        let kept_headers = KeptHeaders::default();
        let options = Options { kept_headers: Some(kept_headers.clone()), ..options };
        Server {
            session: Session::new(options.clone()),
            library: Library::new(),
            options,
            kept_headers,
            documents: BTreeMap::new(),
            files: RefCell::default(),
            folders: Vec::new(),
            is_initialized: false,
            is_shut_down: false,
            ended: None,
        }
    }

    pub fn is_shut_down(&self) -> bool {
        self.is_shut_down
    }

    /// The status to leave with, once the editor said that it is over.
    pub fn ended(&self) -> Option<u8> {
        self.ended
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    pub(super) fn library(&self) -> &Library {
        &self.library
    }

    pub(super) fn documents(&self) -> impl Iterator<Item = &Rc<Document>> {
        self.documents.values()
    }

    pub(super) fn files(&self) -> &RefCell<HashMap<PathBuf, ReadFile>> {
        &self.files
    }

    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Where copies of the library's files can be put.
    pub(super) fn cache_folder(&self) -> Option<&Path> {
        self.options.header_cache.as_deref()
    }

    pub(super) fn module_path(&self) -> &[PathBuf] {
        &self.options.module_path
    }

    /// Takes a message; what is to be sent back.
    pub fn receive(&mut self, message: Message) -> Vec<Message> {
        match message {
            Message::Request(request) => {
                let id = request.id.clone();
                let answer = panic::catch_unwind(AssertUnwindSafe(|| self.answer(&request)))
                    .unwrap_or_else(|_| Err((ErrorCode::InternalError, format!("a mistake in cotter at {}", request.method))));
                vec![Message::Response(response(id, answer))]
            }
            Message::Notification(notification) => {
                panic::catch_unwind(AssertUnwindSafe(|| self.notice(notification))).unwrap_or_default()
            }
            // This server asks nothing.
            Message::Response(_) => Vec::new(),
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        if !self.is_initialized && request.method != "initialize" {
            return Err((ErrorCode::ServerNotInitialized, "`initialize` comes first".to_string()));
        }
        if self.is_shut_down {
            return Err((ErrorCode::InvalidRequest, "the server was shut down".to_string()));
        }
        match request.method.as_str() {
            "initialize" => {
                self.is_initialized = true;
                self.folders = folders_of(&request.params);
                Ok(capabilities())
            }
            "shutdown" => {
                self.is_shut_down = true;
                Ok(Value::Null)
            }
            "textDocument/hover" => self.hover(parameters(request)?),
            "textDocument/definition" => self.definition(parameters(request)?),
            "textDocument/references" => self.references(parameters(request)?),
            "textDocument/documentHighlight" => self.document_highlight(parameters(request)?),
            "textDocument/signatureHelp" => {
                let asked: SignatureHelpParams = parameters(request)?;
                let (document, offset) = self.at(&asked.text_document_position_params)?;
                value(self.signature_help(document, offset))
            }
            "textDocument/completion" => self.completion(parameters(request)?),
            "textDocument/documentSymbol" => {
                let asked: DocumentSymbolParams = parameters(request)?;
                value(outline(self.document(&asked.text_document.uri)?))
            }
            "textDocument/formatting" => self.formatting(parameters(request)?),
            "textDocument/prepareRename" => self.prepare_rename(parameters(request)?),
            "textDocument/rename" => self.renaming(parameters(request)?),
            method => Err((ErrorCode::MethodNotFound, format!("there is no method `{method}`"))),
        }
    }

    fn notice(&mut self, notification: Notification) -> Vec<Message> {
        let parameters = notification.params;
        match notification.method.as_str() {
            "exit" => self.ended = Some(u8::from(!self.is_shut_down)),
            "textDocument/didOpen" => {
                if let Ok(opened) = serde_json::from_value::<DidOpenTextDocumentParams>(parameters) {
                    let document = opened.text_document;
                    return self.update(document.uri.as_str(), document.text, Some(document.version));
                }
            }
            "textDocument/didChange" => {
                if let Ok(changed) = serde_json::from_value::<DidChangeTextDocumentParams>(parameters) {
                    return self.change(changed);
                }
            }
            "textDocument/didSave" => {
                // Whoever has installed what was missing saves.
                self.kept_headers.forget_failures();
                if let Ok(saved) = serde_json::from_value::<DidSaveTextDocumentParams>(parameters) {
                    return self.read_again(saved.text_document.uri.as_str());
                }
            }
            "textDocument/didClose" => {
                if let Ok(closed) = serde_json::from_value::<DidCloseTextDocumentParams>(parameters) {
                    let uri = closed.text_document.uri;
                    self.documents.remove(uri.as_str());
                    return vec![published(uri, Vec::new(), None)];
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn read_again(&mut self, uri: &str) -> Vec<Message> {
        let Some(content) = self.documents.get(uri).map(|document| document.text.content.clone()) else { return Vec::new() };
        self.update(uri, content, None)
    }

    fn change(&mut self, changed: DidChangeTextDocumentParams) -> Vec<Message> {
        let uri = changed.text_document.uri.as_str().to_string();
        let Some(document) = self.documents.get(&uri) else { return Vec::new() };
        let mut content = document.text.content.clone();
        for change in changed.content_changes {
            match change.range {
                None => content = change.text,
                Some(range) => {
                    let text = Text::new(content);
                    let (start, end) = (text.offset(range.start), text.offset(range.end));
                    content = text.content;
                    content.replace_range(start.min(end)..end.max(start), &change.text);
                }
            }
        }
        self.update(&uri, content, Some(changed.text_document.version))
    }

    /// Takes a new text of a document, and tells what is wrong with it.
    fn update(&mut self, uri: &str, content: String, version: Option<i32>) -> Vec<Message> {
        if self.session.sources().size() > MOST_CHECKED {
            self.session = Session::new(self.options.clone());
        }
        let Ok(address) = Uri::from_str(uri) else { return Vec::new() };
        let nothing = ForeignNames::default();
        let before = self.documents.get(uri).map_or(&nothing, |before| &before.foreign);
        let Some(document) = Document::new(uri, content, &self.session, before) else { return Vec::new() };
        let found = self.session.check_text(&document.file.name, &document.text.content);
        let diagnostics = found.iter().map(|diagnostic| self.shown(&document, diagnostic)).collect();
        self.documents.insert(uri.to_string(), Rc::new(document));
        vec![published(address, diagnostics, version)]
    }

    /// The messages of all that the compiler finds in a document.
    pub(super) fn mistakes(&self, document: &Document) -> Vec<String> {
        // A session of its own: this one is only looked at.
        let found = Session::new(self.options.clone()).check_text(&document.file.name, &document.text.content);
        found.into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    fn shown(&self, document: &Document, diagnostic: &Diagnostic) -> lsp_types::Diagnostic {
        let sources = self.session.sources();
        let range = |range: SourceRange| match sources.file(range) {
            Some(file) => document.text.range((range.start - file.base) as usize, (range.end - file.base) as usize),
            None => Range::default(),
        };
        let mut message = diagnostic.message.clone();
        for line in diagnostic.details.iter().chain(&diagnostic.help) {
            message.push('\n');
            message.push_str(line);
        }
        let related = Uri::from_str(&document.uri).ok().map(|uri| {
            let secondary = diagnostic.secondary.iter();
            secondary
                .map(|label| DiagnosticRelatedInformation {
                    location: Location::new(uri.clone(), range(label.range)),
                    message: label.text.clone(),
                })
                .collect::<Vec<_>>()
        });
        lsp_types::Diagnostic {
            range: range(diagnostic.primary.range),
            severity: Some(match diagnostic.severity {
                Severity::Warning => DiagnosticSeverity::WARNING,
                Severity::Error | Severity::Fatal => DiagnosticSeverity::ERROR,
            }),
            code: Some(NumberOrString::String(diagnostic.kind.clone())).filter(|_| !diagnostic.kind.is_empty()),
            source: Some("cotter".to_string()),
            message,
            related_information: related.filter(|related| !related.is_empty()),
            ..lsp_types::Diagnostic::default()
        }
    }

    fn document(&self, uri: &Uri) -> Result<&Rc<Document>, (ErrorCode, String)> {
        let unknown = || (ErrorCode::InvalidParams, format!("`{}` is not open", uri.as_str()));
        self.documents.get(uri.as_str()).ok_or_else(unknown)
    }

    fn at(&self, place: &TextDocumentPositionParams) -> Result<(&Rc<Document>, usize), (ErrorCode, String)> {
        let document = self.document(&place.text_document.uri)?;
        Ok((document, document.offset(place.position)))
    }

    fn hover(&self, asked: HoverParams) -> Answer {
        let (document, offset) = self.at(&asked.text_document_position_params)?;
        let Some((range, meaning)) = document.index.at(document.place(offset)) else { return Ok(Value::Null) };
        let Some(text) = self.description(document, &meaning) else { return Ok(Value::Null) };
        let contents = HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: text });
        value(Hover { contents, range: Some(document.range(range)) })
    }

    fn definition(&self, asked: GotoDefinitionParams) -> Answer {
        let (document, offset) = self.at(&asked.text_document_position_params)?;
        let Some((_, meaning)) = document.index.at(document.place(offset)) else { return Ok(Value::Null) };
        value(self.location(document, &meaning))
    }

    fn references(&self, asked: ReferenceParams) -> Answer {
        let (document, offset) = self.at(&asked.text_document_position)?;
        let Some((_, meaning)) = document.index.at(document.place(offset)) else { return Ok(Value::Null) };
        value(self.references_of(document, &meaning, asked.context.include_declaration))
    }

    fn document_highlight(&self, asked: DocumentHighlightParams) -> Answer {
        let (document, offset) = self.at(&asked.text_document_position_params)?;
        let Some((_, meaning)) = document.index.at(document.place(offset)) else { return Ok(Value::Null) };
        value(self.highlights(document, &meaning))
    }

    fn completion(&self, asked: CompletionParams) -> Answer {
        let (document, offset) = self.at(&asked.text_document_position)?;
        let typed = asked.context.and_then(|context| context.trigger_character);
        if typed.is_some_and(|typed| typed != ".") {
            return value(self.import_completions(document, offset).unwrap_or_default());
        }
        value(self.completions(document, offset))
    }

    fn formatting(&self, asked: DocumentFormattingParams) -> Answer {
        let document = self.document(&asked.text_document.uri)?;
        match crate::fmt::format(&document.file) {
            Ok(text) if text == document.text.content => value(Vec::<TextEdit>::new()),
            Ok(text) => value(vec![TextEdit::new(document.text.whole(), text)]),
            Err(_) => Err((ErrorCode::RequestFailed, "a file with syntax errors is not formatted".to_string())),
        }
    }

    fn prepare_rename(&self, asked: TextDocumentPositionParams) -> Answer {
        let (document, offset) = self.at(&asked)?;
        let (range, _) = self.renamable(document, offset).map_err(|reason| (ErrorCode::RequestFailed, reason))?;
        value(PrepareRenameResponse::Range(document.range(range)))
    }

    fn renaming(&self, asked: RenameParams) -> Answer {
        let (document, offset) = self.at(&asked.text_document_position)?;
        let edits = self.rename(document, offset, &asked.new_name).map_err(|reason| (ErrorCode::RequestFailed, reason))?;
        #[allow(clippy::mutable_key_type, reason = "the protocol's type; an address does not change")]
        let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for (uri, edits) in edits {
            if let Ok(uri) = Uri::from_str(&uri) {
                changes.insert(uri, edits.into_iter().map(|(range, text)| TextEdit::new(range, text)).collect());
            }
        }
        value(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() })
    }
}

/// The folders that an editor says it has open.
fn folders_of(parameters: &Value) -> Vec<PathBuf> {
    let folders = parameters["workspaceFolders"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<PathBuf> = folders.iter().filter_map(|folder| path_of(folder["uri"].as_str()?)).collect();
    if found.is_empty() {
        found.extend(parameters["rootUri"].as_str().and_then(path_of));
    }
    found
}

fn capabilities() -> Value {
    json!({
        "capabilities": {
            "positionEncoding": "utf-16",
            "textDocumentSync": { "openClose": true, "change": TextDocumentSyncKind::INCREMENTAL, "save": true },
            "hoverProvider": true,
            "definitionProvider": true,
            "referencesProvider": true,
            "documentHighlightProvider": true,
            "completionProvider": { "triggerCharacters": [".", " ", "\"", "/"] },
            "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
            "documentSymbolProvider": true,
            "documentFormattingProvider": true,
            "renameProvider": { "prepareProvider": true },
        },
        "serverInfo": { "name": "cotter", "version": env!("CARGO_PKG_VERSION") },
    })
}

fn published(uri: Uri, diagnostics: Vec<lsp_types::Diagnostic>, version: Option<i32>) -> Message {
    let parameters = PublishDiagnosticsParams { uri, diagnostics, version };
    Message::Notification(Notification {
        method: "textDocument/publishDiagnostics".to_string(),
        params: serde_json::to_value(parameters).unwrap_or_default(),
    })
}

fn response(id: RequestId, answer: Answer) -> Response {
    match answer {
        Ok(result) => Response::new_ok(id, result),
        Err((code, message)) => Response::new_err(id, code as i32, message),
    }
}

fn parameters<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, (ErrorCode, String)> {
    serde_json::from_value(request.params.clone()).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn value(answer: impl serde::Serialize) -> Answer {
    serde_json::to_value(answer).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}
