//! From pieces of C to declarations: each piece is parsed by itself, knowing which of its names are types.

use super::Problem;
use super::c_type::{
    CEnum, CField, CFunction, CRecord, CType, CTypedef, CVariable, Declarations, Declared, KNOWN_OPAQUE, REFUSED_TYPES,
    Signature, known_typedef,
};
use super::evaluate::{self, Number, Scalar, Scope};
use super::piece::Piece;
use super::prelude::is_earlier;
use super::token::Token;
use lang_c::ast::{
    ArraySize, Declaration, DeclarationSpecifier, Declarator, DeclaratorKind, DerivedDeclarator, Ellipsis, EnumType, Expression,
    ExternalDeclaration, FunctionDeclarator, PointerQualifier, SpecifierQualifier, StorageClassSpecifier, StructDeclaration,
    StructField, StructKind, StructType, TypeName, TypeQualifier, TypeSpecifier,
};
use lang_c::span::Node;
use std::cell::RefCell;
use std::rc::Rc;

/// A type and whether a `const` stands before it.
type Qualified = (CType, bool);

/// Reads all pieces. What cannot be read is among the problems, and nothing else of the text suffers from it.
pub fn read(pieces: &[Piece]) -> Declarations {
    let mut declarations = Declarations::default();
    for (index, piece) in pieces.iter().enumerate() {
        if piece.tokens.first().is_some_and(|first| first.is("_Static_assert") || first.is("static_assert")) {
            continue;
        }
        read_piece(&mut declarations, index, piece);
    }
    declarations
}

/// Whether a name is one of a type.
pub fn is_type_name(declarations: &Declarations, name: &str) -> bool {
    declarations.typedefs.contains_key(name)
        || known_typedef(name).is_some()
        || KNOWN_OPAQUE.contains(&name)
        || REFUSED_TYPES.iter().any(|(refused, _)| *refused == name)
}

fn read_piece(declarations: &mut Declarations, index: usize, piece: &Piece) {
    let mut text = String::new();
    let mut seen: Vec<&str> = Vec::new();
    for token in piece.tokens.iter().filter(|token| token.is_identifier()) {
        // The parser knows this one itself.
        if !seen.contains(&&*token.text) && &*token.text != "__builtin_va_list" && is_type_name(declarations, &token.text) {
            seen.push(&token.text);
            text.push_str("typedef int ");
            text.push_str(&token.text);
            text.push_str(";\n");
        }
    }
    let mut offsets = Vec::with_capacity(piece.tokens.len());
    for token in &piece.tokens {
        text.push(' ');
        offsets.push(text.len());
        text.push_str(&token.text);
    }
    text.push('\n');
    let unit = match evaluate::parse(text) {
        Ok(unit) => unit,
        Err(offset) => {
            let at = offsets.partition_point(|&start| start < offset).min(piece.tokens.len() - 1);
            declarations.problems.push(syntax_problem(piece, at));
            return;
        }
    };
    let mut reader = Reader { declarations, piece, index, offsets, problems: RefCell::default() };
    for node in unit.0.into_iter().skip(seen.len()) {
        if let ExternalDeclaration::Declaration(declaration) = &node.node {
            reader.declaration(declaration);
        }
    }
    let problems = reader.problems.into_inner();
    declarations.problems.extend(problems);
}

fn syntax_problem(piece: &Piece, at: usize) -> Problem {
    let token = &piece.tokens[at];
    let is_last = at + 1 == piece.tokens.len();
    if is_last && !token.is(";") {
        return Problem::new(token.place, "this C declaration does not end; a `;` is missing").of_piece(piece);
    }
    // Two names in a row, or one before a `*`: the first was to be a type.
    let is_word = |token: &&Token| token.is_identifier() && !is_c_keyword(&token.text);
    let goes_on = |at: usize| piece.tokens.get(at).is_some_and(|token| token.is("*") || token.is_identifier());
    let before = at.checked_sub(1).map(|before| &piece.tokens[before]).filter(|_| goes_on(at)).filter(is_word);
    if let Some(name) = before.or_else(|| Some(token).filter(|_| goes_on(at + 1)).filter(is_word)) {
        return Problem::new(name.place, format!("the type `{}` is not declared", name.text))
            .with_help(format!("declare it before it is used: typedef … {};", name.text))
            .of_piece(piece);
    }
    Problem::new(token.place, format!("C has no `{}` here", token.text)).of_piece(piece)
}

fn is_c_keyword(word: &str) -> bool {
    const WORDS: &[&str] = &[
        "auto", "char", "const", "double", "enum", "extern", "float", "int", "long", "short", "signed", "static", "struct",
        "typedef", "union", "unsigned", "void", "_Bool", "_Complex",
    ];
    WORDS.contains(&word)
}

struct Reader<'a> {
    declarations: &'a mut Declarations,
    piece: &'a Piece,
    index: usize,
    /// Where each token of the piece stands in the text that was parsed.
    offsets: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
}

impl Scope for Reader<'_> {
    fn constant(&self, name: &str) -> Option<Number> {
        self.declarations.enumerator(name)
    }
    fn is_type(&self, name: &str) -> bool {
        is_type_name(self.declarations, name)
    }
    fn scalar(&self, name: &TypeName) -> Scalar {
        type_named(self.declarations, name).map_or(Scalar::Other, |c_type| self.declarations.scalar(&c_type))
    }
    fn layout(&self, name: &TypeName) -> Option<(u64, u64)> {
        self.declarations.layout(&type_named(self.declarations, name)?)
    }
}

impl Reader<'_> {
    fn place(&self, offset: usize) -> usize {
        let at = self.offsets.partition_point(|&start| start <= offset).saturating_sub(1);
        self.piece.tokens[at].place
    }

    fn problem(&self, offset: usize, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem::new(self.place(offset), message).of_piece(self.piece));
    }

    // ------------------------------------------------------------ declarations

    fn declaration(&mut self, node: &Node<Declaration>) {
        let mut is_typedef = false;
        let mut parts = Vec::new();
        for specifier in &node.node.specifiers {
            match &specifier.node {
                DeclarationSpecifier::StorageClass(class) => is_typedef |= class.node == StorageClassSpecifier::Typedef,
                DeclarationSpecifier::TypeSpecifier(specifier) => parts.push(Part::Specifier(specifier)),
                DeclarationSpecifier::TypeQualifier(qualifier) => parts.push(Part::Qualifier(&qualifier.node)),
                _ => {}
            }
        }
        let first = node.node.declarators.first().map(|declarator| &declarator.node.declarator);
        let hint = first.and_then(|declarator| name_of(&declarator.node)).map(|(name, _)| name);
        let base = self.base(&parts, hint.as_deref(), node.span.start);
        for declarator in &node.node.declarators {
            let declarator = &declarator.node.declarator;
            let Some((name, offset)) = name_of(&declarator.node) else { continue };
            let (c_type, is_const) = self.derived(base.clone(), &declarator.node);
            let place = self.place(offset);
            if is_typedef {
                self.typedef(name, CTypedef { c_type, is_const, place });
            } else if let Some(signature) = self.signature_of(&c_type) {
                let is_local = self.piece.is_static || self.piece.is_inline;
                let symbol = self.piece.symbol.clone();
                let function = CFunction { signature, symbol, place, piece: self.index, is_local };
                self.declarations.order.push(Declared::Function(Rc::clone(&name)));
                self.declarations.functions.entry(name).or_insert(function);
            } else {
                let refusal = match (self.piece.is_static, self.piece.is_thread_local) {
                    (true, _) => Some("it is static: no library exports it"),
                    (_, true) => Some("each thread has its own"),
                    _ => None,
                };
                let symbol = self.piece.symbol.clone();
                let variable = CVariable { c_type, symbol, place, refusal };
                self.declarations.order.push(Declared::Variable(Rc::clone(&name)));
                self.declarations.variables.entry(name).or_insert(variable);
            }
        }
    }

    fn typedef(&mut self, name: Rc<str>, typedef: CTypedef) {
        if self.declarations.typedefs.contains_key(&name) {
            return;
        }
        // What is declared as itself adds nothing: `typedef struct a a;` is kept, for it names a record.
        self.declarations.order.push(Declared::Typedef(Rc::clone(&name)));
        match &typedef.c_type {
            CType::Record(index) if !typedef.is_const => {
                let record = &mut self.declarations.records[*index];
                if record.tag.is_none() {
                    record.hint.get_or_insert_with(|| name.to_string());
                    record.spelling.get_or_insert_with(|| name.to_string());
                }
            }
            CType::Enum(index) => {
                let found = &mut self.declarations.enums[*index];
                if found.tag.is_none() {
                    found.hint.get_or_insert_with(|| name.to_string());
                    found.spelling.get_or_insert_with(|| name.to_string());
                }
            }
            _ => {}
        }
        self.declarations.typedefs.insert(name, typedef);
    }

    /// The signature that a declared name has, if it is one of a function.
    fn signature_of(&self, c_type: &CType) -> Option<Rc<Signature>> {
        match self.declarations.resolve(c_type) {
            CType::Function(signature) => Some(Rc::clone(signature)),
            _ => None,
        }
    }

    // ------------------------------------------------------------ types

    fn base(&mut self, parts: &[Part], hint: Option<&str>, offset: usize) -> Qualified {
        let is_const = parts.iter().any(|part| matches!(part, Part::Qualifier(TypeQualifier::Const)));
        for part in parts {
            let Part::Specifier(node) = part else { continue };
            let found = match &node.node {
                TypeSpecifier::Struct(node) => self.record(node, hint),
                TypeSpecifier::Enum(node) => self.enumeration(node),
                _ => continue,
            };
            return (found, is_const);
        }
        (self.plain(parts, offset), is_const)
    }

    /// An arithmetic type, `void`, or a typedef.
    fn plain(&self, parts: &[Part], offset: usize) -> CType {
        plain(parts).unwrap_or_else(|| {
            self.problem(offset, "a type is missing before this");
            CType::Scalar("c_int")
        })
    }

    fn integer(&self, expression: &Expression) -> Option<i128> {
        match evaluate::value(expression, self) {
            Ok(Number::Int { value, .. }) => Some(value),
            _ => None,
        }
    }

    /// The type that a declarator makes of a base.
    fn derived(&mut self, base: Qualified, declarator: &Declarator) -> Qualified {
        let (mut c_type, mut is_const) = base;
        for node in &declarator.derived {
            if let DerivedDeclarator::Pointer(qualifiers) = &node.node {
                let target_is_const = is_const || self.is_const_typedef(&c_type);
                c_type = CType::Pointer { is_const: target_is_const, target: Box::new(c_type) };
                is_const = qualifiers.iter().any(|qualifier| {
                    matches!(&qualifier.node, PointerQualifier::TypeQualifier(qualifier) if qualifier.node == TypeQualifier::Const)
                });
            }
        }
        // What stands rightmost is nearest to the base.
        for node in declarator.derived.iter().rev() {
            match &node.node {
                DerivedDeclarator::Pointer(_) => {}
                DerivedDeclarator::Block(_) => c_type = CType::Refused("a block".into()),
                DerivedDeclarator::Array(array) => {
                    let length = match &array.node.size {
                        ArraySize::Unknown | ArraySize::VariableUnknown => None,
                        ArraySize::VariableExpression(expression) | ArraySize::StaticExpression(expression) => {
                            self.length(expression)
                        }
                    };
                    c_type = CType::Array { length, element: Box::new(c_type) };
                }
                DerivedDeclarator::Function(function) => {
                    c_type = CType::Function(Rc::new(self.signature(&function.node, c_type)));
                    is_const = false;
                }
                DerivedDeclarator::KRFunction(names) => {
                    let is_old_style = !names.is_empty();
                    let signature = Signature { parameters: Vec::new(), is_variadic: false, result: c_type, is_old_style };
                    c_type = CType::Function(Rc::new(signature));
                    is_const = false;
                }
            }
        }
        match &declarator.kind.node {
            DeclaratorKind::Declarator(inner) => self.derived((c_type, is_const), &inner.node),
            _ => (c_type, is_const),
        }
    }

    fn is_const_typedef(&self, c_type: &CType) -> bool {
        matches!(c_type, CType::Typedef(name) if self.declarations.typedefs.get(name).is_some_and(|typedef| typedef.is_const))
    }

    fn length(&self, expression: &Node<Expression>) -> Option<u64> {
        match evaluate::value(&expression.node, self) {
            Ok(Number::Int { value, .. }) if u64::try_from(value).is_ok() => u64::try_from(value).ok(),
            Ok(_) => {
                self.problem(expression.span.start, "the length of an array is a whole number");
                Some(0)
            }
            Err(why) => {
                self.problem(expression.span.start, format!("the length of this array is not known: {why}"));
                Some(0)
            }
        }
    }

    fn signature(&mut self, function: &FunctionDeclarator, result: CType) -> Signature {
        let mut parameters = Vec::new();
        for node in &function.parameters {
            let mut parts = Vec::new();
            for specifier in &node.node.specifiers {
                match &specifier.node {
                    DeclarationSpecifier::TypeSpecifier(specifier) => parts.push(Part::Specifier(specifier)),
                    DeclarationSpecifier::TypeQualifier(qualifier) => parts.push(Part::Qualifier(&qualifier.node)),
                    _ => {}
                }
            }
            let declarator = node.node.declarator.as_ref();
            let found = declarator.and_then(|declarator| name_of(&declarator.node));
            let base = self.base(&parts, found.as_ref().map(|(name, _)| &**name), node.span.start);
            let (c_type, is_const) = match declarator {
                Some(declarator) => self.derived_parameter(base, &declarator.node),
                None => base,
            };
            let place = self.place(found.as_ref().map_or(node.span.start, |(_, offset)| *offset));
            let c_type = self.decayed(c_type, is_const);
            parameters.push((found.map(|(name, _)| name), c_type, place));
        }
        if let [(None, CType::Void, _)] = &parameters[..] {
            parameters.clear();
        }
        let is_variadic = function.ellipsis == Ellipsis::Some;
        Signature { parameters, is_variadic, result, is_old_style: false }
    }

    /// As [`Self::derived`]; the first length of an array means nothing in a parameter and need not be known.
    fn derived_parameter(&mut self, base: Qualified, declarator: &Declarator) -> Qualified {
        let known = self.problems.borrow().len();
        let found = self.derived(base, declarator);
        if matches!(found.0, CType::Array { .. }) {
            self.problems.borrow_mut().truncate(known);
        }
        found
    }

    /// Arrays and functions as parameters are pointers.
    fn decayed(&self, c_type: CType, is_const: bool) -> CType {
        match c_type {
            CType::Array { element, .. } => CType::Pointer { is_const, target: element },
            CType::Function(_) => CType::Pointer { is_const: false, target: Box::new(c_type) },
            CType::Typedef(ref name) => match self.declarations.resolve(&c_type) {
                CType::Array { element, .. } => CType::Pointer { is_const, target: element.clone() },
                CType::Function(_) => CType::Pointer { is_const: false, target: Box::new(CType::Typedef(Rc::clone(name))) },
                _ => c_type,
            },
            other => other,
        }
    }

    // ------------------------------------------------------------ records and enums

    fn record(&mut self, node: &Node<StructType>, hint: Option<&str>) -> CType {
        let is_union = node.node.kind.node == StructKind::Union;
        let word = if is_union { "union" } else { "struct" };
        let place = self.place(node.node.identifier.as_ref().map_or(node.span.start, |tag| tag.span.start));
        let tag: Option<Rc<str>> = node.node.identifier.as_ref().map(|tag| tag.node.name.as_str().into());
        let known = tag.as_ref().and_then(|tag| self.declarations.record_tags.get(tag).copied());
        // A dialogue may declare a name again.
        let is_again = node.node.declarations.is_some() && !is_earlier(place);
        let known = known.filter(|&index| !(is_again && is_earlier(self.declarations.records[index].place)));
        let index = known.unwrap_or_else(|| {
            let spelling = tag.as_ref().map(|tag| format!("{word} {tag}"));
            self.declarations.records.push(CRecord {
                tag: tag.clone(),
                is_union,
                fields: None,
                is_packed: false,
                align: None,
                place,
                refusal: None,
                hint: None,
                spelling,
            });
            let index = self.declarations.records.len() - 1;
            if let Some(tag) = tag {
                self.declarations.record_tags.insert(tag, index);
            }
            self.declarations.order.push(Declared::Record(index));
            index
        });
        let Some(members) = &node.node.declarations else { return CType::Record(index) };
        if self.declarations.records[index].fields.is_some() {
            return CType::Record(index);
        }
        self.declarations.records[index].place = place;
        // A record takes its place in the order where its fields are told.
        self.declarations.order.retain(|declared| *declared != Declared::Record(index));
        let outer = self.declarations.records[index].tag.clone().map(|tag| tag.to_string()).or(hint.map(str::to_string));
        let mut fields = Vec::new();
        for member in members {
            if let StructDeclaration::Field(field) = &member.node {
                self.fields(&field.node, field.span.start, outer.as_deref(), &mut fields);
            }
        }
        let (is_packed, align, refusal) = self.layout_attributes(node, &fields);
        let record = &mut self.declarations.records[index];
        record.fields = Some(fields);
        (record.is_packed, record.align, record.refusal) = (is_packed, align, refusal);
        self.declarations.order.push(Declared::Record(index));
        CType::Record(index)
    }

    fn layout_attributes(&self, node: &Node<StructType>, fields: &[CField]) -> (bool, Option<u64>, Option<String>) {
        let start = self.offsets.partition_point(|&offset| offset < node.span.start);
        let end = self.offsets.partition_point(|&offset| offset < node.span.end).saturating_sub(1);
        let mut is_packed = false;
        let mut align = None;
        for index in [start, end] {
            if let Some(layout) = self.piece.layouts.get(&index) {
                is_packed |= layout.is_packed;
                align = layout.align.or(align);
            }
        }
        let places = self.piece.tokens[start].place..=self.piece.tokens[end.min(self.piece.tokens.len() - 1)].place;
        let mut refusal = None;
        if self.piece.alignments.iter().any(|place| places.contains(place)) {
            refusal = Some("a field has an alignment of its own".to_string());
        }
        match self.piece.pack {
            None => {}
            Some(1) => is_packed = true,
            Some(most) => {
                let fits = |field: &CField| self.declarations.layout(&field.c_type).is_some_and(|(_, align)| align <= most);
                if !fields.iter().all(fits) {
                    refusal = Some(format!("it is packed to {most} bytes; Cotter packs to 1 or not at all"));
                }
            }
        }
        (is_packed, align, refusal)
    }

    fn fields(&mut self, field: &StructField, offset: usize, outer: Option<&str>, fields: &mut Vec<CField>) {
        let mut parts = Vec::new();
        for specifier in &field.specifiers {
            match &specifier.node {
                SpecifierQualifier::TypeSpecifier(specifier) => parts.push(Part::Specifier(specifier)),
                SpecifierQualifier::TypeQualifier(qualifier) => parts.push(Part::Qualifier(&qualifier.node)),
                SpecifierQualifier::Extension(_) => {}
            }
        }
        let first = field.declarators.first().and_then(|node| node.node.declarator.as_ref());
        let first_name = first.and_then(|declarator| name_of(&declarator.node)).map(|(name, _)| name);
        let hint = match (outer, &first_name) {
            (Some(outer), Some(name)) => Some(format!("{outer}_{name}")),
            _ => outer.map(str::to_string),
        };
        let known = self.declarations.records.len();
        let base = self.base(&parts, hint.as_deref(), offset);
        if let (CType::Record(index), Some(_)) = (&base.0, &first_name) {
            let record = &mut self.declarations.records[*index];
            if *index >= known && record.tag.is_none() && record.hint.is_none() {
                record.hint = hint.clone();
            }
        }
        if let (CType::Enum(index), Some(_)) = (&base.0, &first_name) {
            let found = &mut self.declarations.enums[*index];
            if found.tag.is_none() {
                found.hint = found.hint.take().or(hint);
            }
        }
        if field.declarators.is_empty() {
            let place = self.place(offset);
            fields.push(CField { name: None, c_type: base.0.clone(), bits: None, place });
        }
        for node in &field.declarators {
            let bits = match &node.node.bit_width {
                Some(width) => match self.integer(&width.node).and_then(|value| u64::try_from(value).ok()) {
                    Some(width) => Some(width),
                    None => {
                        self.problem(width.span.start, "the width of a bit-field is a whole number");
                        Some(1)
                    }
                },
                None => None,
            };
            let found = node.node.declarator.as_ref().and_then(|declarator| name_of(&declarator.node));
            let (c_type, _) = match &node.node.declarator {
                Some(declarator) => self.derived(base.clone(), &declarator.node),
                None => base.clone(),
            };
            let place = self.place(found.as_ref().map_or(node.span.start, |(_, offset)| *offset));
            fields.push(CField { name: found.map(|(name, _)| name), c_type, bits, place });
        }
    }

    fn enumeration(&mut self, node: &Node<EnumType>) -> CType {
        let place = self.place(node.node.identifier.as_ref().map_or(node.span.start, |tag| tag.span.start));
        let tag: Option<Rc<str>> = node.node.identifier.as_ref().map(|tag| tag.node.name.as_str().into());
        let known = tag.as_ref().and_then(|tag| self.declarations.enum_tags.get(tag).copied());
        let is_again = !node.node.enumerators.is_empty() && !is_earlier(place);
        let known = known.filter(|&index| !(is_again && is_earlier(self.declarations.enums[index].place)));
        let index = known.unwrap_or_else(|| {
            let spelling = tag.as_ref().map(|tag| format!("enum {tag}"));
            let members = Vec::new();
            let found = CEnum { tag: tag.clone(), members, is_complete: false, is_packed: false, place, hint: None, spelling };
            self.declarations.enums.push(found);
            let index = self.declarations.enums.len() - 1;
            if let Some(tag) = tag {
                self.declarations.enum_tags.insert(tag, index);
            }
            index
        });
        if node.node.enumerators.is_empty() || self.declarations.enums[index].is_complete {
            return CType::Enum(index);
        }
        let mut next = 0i128;
        for enumerator in &node.node.enumerators {
            let name: Rc<str> = enumerator.node.identifier.node.name.as_str().into();
            let value = match &enumerator.node.expression {
                None => next,
                Some(expression) => match evaluate::value(&expression.node, self) {
                    Ok(Number::Int { value, .. }) => value,
                    Ok(_) => {
                        self.problem(expression.span.start, "the value of an enumerator is a whole number");
                        next
                    }
                    Err(why) => {
                        self.problem(expression.span.start, format!("the value of `{name}` is not known: {why}"));
                        next
                    }
                },
            };
            let place = self.place(enumerator.node.identifier.span.start);
            self.declarations.enums[index].members.push((Rc::clone(&name), value, place));
            self.declarations.enumerators.insert(name, (index, value));
            next = value + 1;
        }
        let end = self.offsets.partition_point(|&offset| offset < node.span.end).saturating_sub(1);
        let start = self.offsets.partition_point(|&offset| offset < node.span.start);
        let is_packed = [start, end].iter().any(|at| self.piece.layouts.get(at).is_some_and(|layout| layout.is_packed));
        let found = &mut self.declarations.enums[index];
        (found.is_complete, found.is_packed, found.place) = (true, is_packed, place);
        self.declarations.order.push(Declared::Enum(index));
        CType::Enum(index)
    }
}

/// The type that a text such as `struct stat *` names in an expression; records and enums in it must be declared.
pub fn type_named(declarations: &Declarations, name: &TypeName) -> Option<CType> {
    let mut parts = Vec::new();
    let mut base = None;
    for specifier in &name.specifiers {
        let SpecifierQualifier::TypeSpecifier(specifier) = &specifier.node else { continue };
        match &specifier.node {
            TypeSpecifier::Struct(node) => {
                let tag = node.node.identifier.as_ref()?;
                base = Some(CType::Record(*declarations.record_tags.get(&*tag.node.name)?));
            }
            TypeSpecifier::Enum(_) => base = Some(CType::Scalar("c_uint")),
            _ => parts.push(Part::Specifier(specifier)),
        }
    }
    let mut found = base.or_else(|| plain(&parts))?;
    for derived in name.declarator.iter().flat_map(|declarator| &declarator.node.derived) {
        found = match &derived.node {
            DerivedDeclarator::Array(array) => {
                let ArraySize::VariableExpression(expression) = &array.node.size else { return None };
                let Ok(Number::Int { value, .. }) = evaluate::value(&expression.node, &evaluate::NoScope) else { return None };
                CType::Array { length: u64::try_from(value).ok(), element: Box::new(found) }
            }
            _ => CType::Pointer { is_const: false, target: Box::new(found) },
        };
    }
    Some(found)
}

/// The type that words such as `unsigned long` make; nothing if there are none.
fn plain(parts: &[Part]) -> Option<CType> {
    let mut words = Words::default();
    for part in parts {
        let Part::Specifier(node) = part else { continue };
        match &node.node {
            TypeSpecifier::Void => return Some(CType::Void),
            TypeSpecifier::Bool => return Some(CType::Bool),
            TypeSpecifier::Char => words.char = true,
            TypeSpecifier::Short => words.short = true,
            TypeSpecifier::Int => words.int = true,
            TypeSpecifier::Long => words.long += 1,
            TypeSpecifier::Float => words.float = true,
            TypeSpecifier::Double => words.double = true,
            TypeSpecifier::Signed => words.signed = true,
            TypeSpecifier::Unsigned => words.unsigned = true,
            TypeSpecifier::Complex => words.complex = true,
            TypeSpecifier::Atomic(_) => return Some(CType::Refused("_Atomic".into())),
            TypeSpecifier::TypeOf(_) => return Some(CType::Refused("__typeof__".into())),
            TypeSpecifier::TS18661Float(float) => match float.width {
                32 => words.float = true,
                64 => words.double = true,
                width => return Some(CType::Refused(format!("_Float{width}").into())),
            },
            TypeSpecifier::TypedefName(name) => return Some(named(&name.node.name)),
            TypeSpecifier::Struct(_) | TypeSpecifier::Enum(_) => {}
        }
    }
    words.scalar()
}

fn named(name: &str) -> CType {
    match REFUSED_TYPES.iter().find(|(known, _)| *known == name) {
        Some((_, refused)) => CType::Refused((*refused).into()),
        None => CType::Typedef(name.into()),
    }
}

/// A specifier or qualifier of a declaration.
enum Part<'a> {
    Specifier(&'a Node<TypeSpecifier>),
    Qualifier(&'a TypeQualifier),
}

/// The words of an arithmetic type, in any order.
#[derive(Default)]
struct Words {
    char: bool,
    short: bool,
    int: bool,
    long: u8,
    float: bool,
    double: bool,
    complex: bool,
    signed: bool,
    unsigned: bool,
}

impl Words {
    fn scalar(&self) -> Option<CType> {
        let of =
            |signed: &'static str, unsigned: &'static str| Some(CType::Scalar(if self.unsigned { unsigned } else { signed }));
        if self.complex {
            return Some(CType::Refused("_Complex".into()));
        }
        if self.char {
            return if self.signed { Some(CType::Scalar("c_schar")) } else { of("c_char", "c_uchar") };
        }
        if self.double {
            return Some(if self.long > 0 { CType::Refused("long double".into()) } else { CType::Scalar("c_double") });
        }
        if self.float {
            return Some(CType::Scalar("c_float"));
        }
        match (self.short, self.long) {
            (true, _) => of("c_short", "c_ushort"),
            (_, 1) => of("c_long", "c_ulong"),
            (_, 2..) => of("c_longlong", "c_ulonglong"),
            _ if self.int || self.signed || self.unsigned => of("c_int", "c_uint"),
            _ => None,
        }
    }
}

/// The name that a declarator declares, and its offset.
fn name_of(declarator: &Declarator) -> Option<(Rc<str>, usize)> {
    match &declarator.kind.node {
        DeclaratorKind::Abstract => None,
        DeclaratorKind::Identifier(name) => Some((name.node.name.as_str().into(), name.span.start)),
        DeclaratorKind::Declarator(inner) => name_of(&inner.node),
    }
}
