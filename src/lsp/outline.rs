//! The declarations of a file as a tree.

use super::describe::signature;
use super::document::Document;
use crate::compile::names::{DeclarationId, DeclarationKind};
use lsp_types::{DocumentSymbol, SymbolKind};

pub fn outline(document: &Document) -> Vec<DocumentSymbol> {
    let declarations = document.index.declarations.iter().enumerate();
    let top = declarations.filter(|(_, declaration)| declaration.is_top && declaration.parent.is_none());
    let mut symbols: Vec<DocumentSymbol> = top.filter_map(|(at, _)| symbol(document, DeclarationId(at), 0)).collect();
    symbols.sort_by_key(|symbol| (symbol.range.start, symbol.range.end));
    symbols
}

fn symbol(document: &Document, id: DeclarationId, depth: usize) -> Option<DocumentSymbol> {
    let declaration = document.index.declaration(id);
    let kind = symbol_kind(declaration.kind).filter(|_| declaration.is_named())?;
    let mut children: Vec<DocumentSymbol> =
        document.index.members(id).filter(|_| depth < 3).filter_map(|(member, _)| symbol(document, member, depth + 1)).collect();
    children.sort_by_key(|symbol| (symbol.range.start, symbol.range.end));
    let detail = match declaration.kind {
        DeclarationKind::Function | DeclarationKind::Method | DeclarationKind::ExternFunction => {
            Some(signature(document, id).lines().collect::<Vec<_>>().join(" "))
        }
        _ => None,
    };
    let whole = declaration.whole.to(declaration.range);
    #[allow(deprecated, reason = "the protocol's type has this field")]
    Some(DocumentSymbol {
        name: declaration.name.to_string(),
        detail,
        kind,
        tags: None,
        deprecated: None,
        range: document.range(whole),
        selection_range: document.range(declaration.range),
        children: Some(children).filter(|children| !children.is_empty()),
    })
}

/// `None` for what is no part of an outline.
fn symbol_kind(kind: DeclarationKind) -> Option<SymbolKind> {
    Some(match kind {
        DeclarationKind::Let | DeclarationKind::Var | DeclarationKind::ExternVariable => SymbolKind::VARIABLE,
        DeclarationKind::Function | DeclarationKind::ExternFunction => SymbolKind::FUNCTION,
        DeclarationKind::Method => SymbolKind::METHOD,
        DeclarationKind::Field => SymbolKind::FIELD,
        DeclarationKind::Struct | DeclarationKind::Union => SymbolKind::STRUCT,
        DeclarationKind::Enum => SymbolKind::ENUM,
        DeclarationKind::EnumMember => SymbolKind::ENUM_MEMBER,
        DeclarationKind::TypeName => SymbolKind::CLASS,
        DeclarationKind::Constant => SymbolKind::CONSTANT,
        DeclarationKind::Library => SymbolKind::NAMESPACE,
        DeclarationKind::Module
        | DeclarationKind::Imported
        | DeclarationKind::Parameter
        | DeclarationKind::ExternParameter
        | DeclarationKind::Bound => return None,
    })
}
