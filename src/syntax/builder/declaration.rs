//! Functions, records, enums and extern blocks.

use super::*;
use StatementKind as S;

impl<'source> Builder<'source> {
    pub fn constant(
        &mut self,
        start: u32,
        end: u32,
        name: Name,
        annotation: Option<Box<Type>>,
        value: Box<Expression>,
    ) -> Box<Statement> {
        let range = self.range(start, end);
        let depth = above([depth_of(&annotation), value.depth]);
        let kind = S::Constant { name, annotation: unbox_option(annotation), value: *value };
        self.statement(range, depth, self.doc(start), kind)
    }

    pub fn type_name(&mut self, start: u32, end: u32, name: Name, target: Box<Type>) -> Box<Statement> {
        let range = self.range(start, end);
        self.statement(range, target.depth + 1, self.doc(start), S::TypeName { name, target: *target })
    }

    // ---------------------------------------------------------------- functions

    pub fn function(
        &mut self,
        start: u32,
        end: u32,
        header_end: u32,
        name: Option<Name>,
        parameters: Vec<Box<Parameter>>,
        result: Option<Box<Type>>,
        body: FunctionPart,
    ) -> Box<Function> {
        let parameters = unbox(parameters);
        self.check_parameters(&parameters);
        let body = match body {
            FunctionPart::Block(block) => FunctionBody::Block(*block),
            FunctionPart::Expression(expression) => FunctionBody::Expression(*expression),
        };
        let doc = if name.is_some() { self.doc(start) } else { None };
        let (range, header) = (self.range(start, end), self.range(start, header_end));
        Box::new(Function { name, parameters, result: unbox_option(result), body, range, header, doc })
    }

    /// A rest parameter stands last; behind a parameter with a default all have one.
    fn check_parameters(&mut self, parameters: &[Parameter]) {
        let mut first_default: Option<&Name> = None;
        for (number, parameter) in parameters.iter().enumerate() {
            if parameter.is_rest {
                if number + 1 < parameters.len() {
                    let diagnostic = Diagnostic::syntax("a rest parameter stands last", parameter.name.range)
                        .with_label("more parameters follow");
                    return self.report(diagnostic);
                }
            } else if parameter.default.is_some() {
                first_default.get_or_insert(&parameter.name);
            } else if let Some(default) = first_default {
                let message = format!("parameter `{}` without a default stands behind one with a default", parameter.name.text);
                let diagnostic = Diagnostic::syntax(message, parameter.name.range)
                    .with_secondary(default.range, "this one may be left out")
                    .with_help("give it a default too, or put it first");
                return self.report(diagnostic);
            }
        }
    }

    pub fn function_statement(&mut self, function: Box<Function>) -> Box<Statement> {
        let (range, depth, doc) = (function.range, function.depth() + 1, function.doc.clone());
        self.statement(range, depth, doc, S::Function(function))
    }

    pub fn parameter(
        &mut self,
        name: Name,
        annotation: Option<Box<Type>>,
        default: Option<Box<Expression>>,
        is_rest: bool,
    ) -> Box<Parameter> {
        Box::new(Parameter { name, annotation: unbox_option(annotation), default: unbox_option(default), is_rest })
    }

    // ---------------------------------------------------------------- attributes

    pub fn attribute(&mut self, start: u32, end: u32, name: Name, arguments: Vec<Box<Argument>>) -> Box<Attribute> {
        let arguments = self.checked_arguments(arguments);
        Box::new(Attribute { name, arguments, range: self.range(start, end) })
    }

    // ---------------------------------------------------------------- records

    fn members(&mut self, parts: Vec<MemberPart>) -> Vec<Member> {
        parts.into_iter().flatten().map(|member| *member).collect()
    }

    pub fn record_statement(
        &mut self,
        start: u32,
        end: u32,
        attributes: Vec<Box<Attribute>>,
        is_union: bool,
        name: Name,
        members: Option<Vec<MemberPart>>,
    ) -> Box<Statement> {
        let members = members.map(|members| self.members(members));
        let (range, doc) = (self.range(start, end), self.doc(start));
        let record =
            Box::new(Record { is_union, name: Some(name), attributes: unbox(attributes), members, range, doc: doc.clone() });
        let depth = above([record.depth(), attributes_depth(&record.attributes)]);
        self.statement(range, depth, doc, S::Record(record))
    }

    pub fn anonymous_record(
        &mut self,
        start: u32,
        end: u32,
        attributes: Vec<Box<Attribute>>,
        is_union: bool,
        members: Vec<MemberPart>,
    ) -> MemberPart {
        let members = Some(self.members(members));
        let range = self.range(start, end);
        let record = Record { is_union, name: None, attributes: unbox(attributes), members, range, doc: self.doc(start) };
        Some(Box::new(Member::Anonymous(Box::new(record))))
    }

    pub fn field(
        &mut self,
        start: u32,
        name: Name,
        annotation: Option<Box<Type>>,
        bits: Option<Box<Expression>>,
        default: Option<Box<Expression>>,
    ) -> MemberPart {
        let doc = self.doc(start);
        let field =
            Field { name, annotation: unbox_option(annotation), bits: unbox_option(bits), default: unbox_option(default), doc };
        Some(Box::new(Member::Field(field)))
    }

    pub fn embedded(&mut self, start: u32, end: u32, target: Box<Type>) -> MemberPart {
        Some(Box::new(Member::Embedded { target: *target, range: self.range(start, end) }))
    }

    pub fn method(
        &mut self,
        start: u32,
        end: u32,
        header_end: u32,
        name: Name,
        parameters: Vec<Box<Parameter>>,
        result: Option<Box<Type>>,
        body: FunctionPart,
    ) -> MemberPart {
        Some(Box::new(Member::Method(self.function(start, end, header_end, Some(name), parameters, result, body))))
    }

    /// An operator that structs cannot define stands as a method's name.
    pub fn wrong_method_operator(&mut self, start: u32, end: u32) -> Name {
        let name = self.name(start, end);
        let help = match &*name.text {
            "!=" => "define `==`; `!=` follows from it",
            ">" | ">=" => "define `<`; the other comparisons follow from it",
            "in" => "define `iter`; `in` asks that",
            _ => "the operators of structs are + - * / // % ** == < <= [] []=, and by name neg call str iter len hash",
        };
        self.report(Diagnostic::syntax(format!("a struct cannot define `{}`", name.text), name.range).with_help(help));
        name
    }

    pub fn enumeration(
        &mut self,
        start: u32,
        end: u32,
        name: Name,
        base: Option<Box<Type>>,
        members: Vec<Option<Box<EnumMember>>>,
    ) -> Box<Statement> {
        let members: Vec<EnumMember> = members.into_iter().flatten().map(|member| *member).collect();
        let (range, doc) = (self.range(start, end), self.doc(start));
        let depth = above(members.iter().map(|member| depth_of(&member.value)).chain([depth_of(&base)]));
        let enumeration = Enum { name, base: unbox_option(base), members, range, doc: doc.clone() };
        self.statement(range, depth + 1, doc, S::Enum(Box::new(enumeration)))
    }

    // ---------------------------------------------------------------- extern

    fn extern_block(
        &mut self,
        start: u32,
        end: u32,
        libraries: Vec<(u32, u32, u32)>,
        alias: Option<Name>,
        body: ExternBody,
        depth: u16,
    ) -> Box<Statement> {
        let libraries = libraries.into_iter().map(|(index, from, to)| (self.string_value(index), self.range(from, to))).collect();
        let (range, doc) = (self.range(start, end), self.doc(start));
        self.statement(range, depth, doc, S::Extern(Box::new(Extern { libraries, alias, body, range })))
    }

    pub fn extern_items(
        &mut self,
        start: u32,
        end: u32,
        libraries: Vec<(u32, u32, u32)>,
        alias: Option<Name>,
        items: Vec<Option<Box<ExternItem>>>,
    ) -> Box<Statement> {
        let items: Vec<ExternItem> = items.into_iter().flatten().map(|item| *item).collect();
        let depth = above(items.iter().map(|item| match item {
            ExternItem::Function(function) => {
                let parameters = function.parameters.iter().map(|p| p.target.depth.max(attributes_depth(&p.attributes)));
                above(parameters.chain([depth_of(&function.result), attributes_depth(&function.attributes)]))
            }
            ExternItem::Variable { target, attributes, .. } => target.depth.max(attributes_depth(attributes)),
            ExternItem::Declaration(statement) => statement.depth,
        }));
        self.extern_block(start, end, libraries, alias, ExternBody::Items(items), depth)
    }

    pub fn extern_c_text(
        &mut self,
        start: u32,
        end: u32,
        libraries: Vec<(u32, u32, u32)>,
        alias: Option<Name>,
        text_start: u32,
        text_end: u32,
    ) -> Box<Statement> {
        let range = self.range(text_start, text_end);
        self.extern_block(start, end, libraries, alias, ExternBody::CText { range }, 1)
    }

    pub fn extern_header(
        &mut self,
        start: u32,
        end: u32,
        libraries: Vec<(u32, u32, u32)>,
        alias: Option<Name>,
        header: (u32, u32, u32),
        names: Vec<Option<Name>>,
    ) -> Box<Statement> {
        let (index, from, to) = header;
        let names = names.into_iter().flatten().collect();
        let body = ExternBody::Header { header: self.string_value(index), names, range: self.range(from, to) };
        self.extern_block(start, end, libraries, alias, body, 1)
    }

    /// `Z_*` or `*`
    pub fn header_pattern(&mut self, start: u32, end: u32) -> Name {
        let name = self.name(start, end);
        if name.text.contains(char::is_whitespace) {
            let help = "write the name and the `*` together, or a comma between them";
            self.report(Diagnostic::syntax("a blank stands inside of a pattern of names", name.range).with_help(help));
        }
        name
    }

    pub fn extern_function(
        &mut self,
        start: u32,
        end: u32,
        attributes: Vec<Box<Attribute>>,
        name: Name,
        parts: Vec<ExternPart>,
        result: Option<Box<Type>>,
    ) -> Option<Box<ExternItem>> {
        let mut parameters = Vec::with_capacity(parts.len());
        let mut variadic: Option<SourceRange> = None;
        for part in parts {
            if let Some(range) = variadic {
                self.report(
                    Diagnostic::syntax("`...` stands last among the parameters", range).with_label("more parameters follow"),
                );
            }
            match part {
                ExternPart::Parameter(parameter) => parameters.push(*parameter),
                ExternPart::Variadic(start, end) => variadic = Some(self.range(start, end)),
            }
        }
        let function = ExternFunction {
            attributes: unbox(attributes),
            name,
            parameters,
            is_variadic: variadic.is_some(),
            result: unbox_option(result),
            range: self.range(start, end),
            doc: self.doc(start),
        };
        Some(Box::new(ExternItem::Function(Box::new(function))))
    }

    pub fn extern_parameter(&mut self, attributes: Vec<Box<Attribute>>, name: Name, target: Box<Type>) -> ExternPart {
        ExternPart::Parameter(Box::new(ExternParameter { attributes: unbox(attributes), name, target: *target }))
    }

    pub fn extern_variable(
        &mut self,
        start: u32,
        end: u32,
        attributes: Vec<Box<Attribute>>,
        name: Name,
        target: Box<Type>,
    ) -> Option<Box<ExternItem>> {
        let (range, doc) = (self.range(start, end), self.doc(start));
        Some(Box::new(ExternItem::Variable { attributes: unbox(attributes), name, target: *target, range, doc }))
    }
}
