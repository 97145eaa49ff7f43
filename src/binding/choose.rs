//! From the declarations of C to those of Cotter: what was asked for, what that needs, and what cannot be had.

use super::c_type::{CType, Declarations, Declared, Signature, known_typedef};
use super::evaluate::{self, IntKind, Number, Scalar, Scope};
use super::item::{Constant, Item, ItemKind, LeftOut, Parameter, Type};
use super::macros::{Macro, Macros};
use super::read::is_type_name;
use crate::syntax::token::is_keyword;
use lang_c::ast::TypeName;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;

/// What becomes of declarations.
#[derive(Debug, Default)]
pub struct Chosen {
    /// Constants, then types, then variables and functions, each in the order of C.
    pub items: Vec<Item>,
    pub left_out: Vec<LeftOut>,
}

/// Makes items of all that `is_asked` for, given the name and the place of a declaration, and of what they need.
pub fn choose(declarations: &Declarations, macros: &Macros, is_asked: &dyn Fn(&str, usize) -> bool) -> Chosen {
    let mut chooser = Chooser::new(declarations);
    chooser.run(macros, is_asked);
    let mut chosen = Chosen { items: chooser.items, left_out: chooser.left_out };
    chosen.items.sort_by_key(|item| {
        let group = match item.kind {
            ItemKind::Constant(_) => 0,
            ItemKind::Record(_) | ItemKind::Enum { .. } | ItemKind::TypeName(_) => 1,
            _ => 2,
        };
        (group, item.place)
    });
    let mut names = HashSet::new();
    chosen.items.retain(|item| names.insert(Rc::clone(&item.name)));
    chosen.left_out.retain(|left| !names.contains(&left.name));
    chosen.left_out.sort_by_key(|left| left.place);
    chosen.left_out.dedup();
    chosen
}

/// A type that items name.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Need {
    Record(usize),
    Enum(usize),
    Typedef(Rc<str>),
    /// A type of the C library that is only pointed to.
    Opaque(&'static str),
}

pub(super) struct Chooser<'a> {
    pub(super) declarations: &'a Declarations,
    /// Names that are no types; a tag must not clash with them.
    pub(super) ordinary: HashSet<Rc<str>>,
    pub(super) wanted: VecDeque<Need>,
    pub(super) seen: HashSet<Need>,
    /// Those of them that were asked for by name.
    pub(super) asked: HashSet<Need>,
    pub(super) items: Vec<Item>,
    pub(super) left_out: Vec<LeftOut>,
    /// The first typedef that names a record or enum.
    pub(super) typedef_of: HashMap<Need, Rc<str>>,
    /// `#define mpz_add __gmpz_add`: the names that a declared one is known by.
    pub(super) aliases: HashMap<Rc<str>, Rc<str>>,
}

fn ordinary_names(declarations: &Declarations) -> HashSet<Rc<str>> {
    let names = declarations.functions.keys().chain(declarations.variables.keys()).chain(declarations.enumerators.keys());
    names.cloned().collect()
}

fn typedefs_of_records(declarations: &Declarations) -> HashMap<Need, Rc<str>> {
    // A name that is the implementation's own comes last.
    let mut found: BTreeMap<(bool, usize, Rc<str>), Need> = BTreeMap::new();
    for (name, typedef) in &declarations.typedefs {
        let need = match declarations.resolve(&typedef.c_type) {
            CType::Record(index) => Need::Record(*index),
            CType::Enum(index) => Need::Enum(*index),
            _ => continue,
        };
        found.insert((name.starts_with('_'), typedef.place, Rc::clone(name)), need);
    }
    let mut names = HashMap::new();
    for ((.., name), need) in found {
        names.entry(need).or_insert(name);
    }
    names
}

/// A name that Cotter takes for one.
pub(super) fn usable(name: &str) -> Rc<str> {
    if is_keyword(name) { format!("{name}_").into() } else { name.replace('$', "_").into() }
}

/// Several names for each record, or for each enum.
type NamesByIndex = Vec<Vec<Rc<str>>>;

/// The names that each record and each enum has in Cotter.
pub fn names_of_records(declarations: &Declarations, macros: &Macros) -> (NamesByIndex, NamesByIndex) {
    let chooser = Chooser::new(declarations);
    let mut records: Vec<Vec<Rc<str>>> = (0..declarations.records.len()).map(|index| vec![chooser.record_name(index)]).collect();
    let mut enums: Vec<Vec<Rc<str>>> =
        (0..declarations.enums.len()).map(|index| chooser.enum_name(index).into_iter().collect()).collect();
    for (index, record) in declarations.records.iter().enumerate() {
        records[index].extend(record.tag.clone());
    }
    for (index, found) in declarations.enums.iter().enumerate() {
        enums[index].extend(found.tag.clone());
    }
    for name in declarations.typedefs.keys() {
        match declarations.resolve(&CType::Typedef(Rc::clone(name))) {
            CType::Record(index) => records[*index].push(Rc::clone(name)),
            CType::Enum(index) => enums[*index].push(Rc::clone(name)),
            _ => {}
        }
    }
    for definition in macros.in_order() {
        // `#define stat stat64`
        if let ([target], None) = (&definition.body[..], &definition.parameters)
            && let Some(&index) = declarations.record_tags.get(&target.text)
        {
            records[index].push(Rc::clone(&definition.name));
        }
    }
    (records, enums)
}

impl<'a> Chooser<'a> {
    fn new(declarations: &'a Declarations) -> Chooser<'a> {
        Chooser {
            declarations,
            ordinary: ordinary_names(declarations),
            wanted: VecDeque::new(),
            seen: HashSet::new(),
            asked: HashSet::new(),
            items: Vec::new(),
            left_out: Vec::new(),
            typedef_of: typedefs_of_records(declarations),
            aliases: HashMap::new(),
        }
    }

    fn run(&mut self, macros: &Macros, is_asked: &dyn Fn(&str, usize) -> bool) {
        let definitions: Vec<&Macro> =
            macros.in_order().into_iter().filter(|found| !super::directive::is_predefined(found)).collect();
        for definition in &definitions {
            if let Some(target) = self.alias_target(definition)
                && is_asked(&definition.name, definition.place)
            {
                self.aliases.insert(target, Rc::clone(&definition.name));
            }
        }
        let order = self.declarations.order.clone();
        for declared in &order {
            self.declared(declared, is_asked);
        }
        self.enumerators(is_asked);
        for definition in definitions {
            if is_asked(&definition.name, definition.place) {
                self.constant(definition, macros);
            }
        }
        while let Some(need) = self.wanted.pop_front() {
            self.needed(&need);
        }
    }

    fn declared(&mut self, declared: &Declared, is_asked: &dyn Fn(&str, usize) -> bool) {
        let declarations = self.declarations;
        match declared {
            Declared::Function(name) => {
                let function = &declarations.functions[name];
                let alias = self.aliases.get(name).cloned();
                for known_as in alias.iter().chain(is_asked(name, function.place).then_some(name)) {
                    self.function(known_as, name);
                }
            }
            Declared::Variable(name) => {
                let alias = self.aliases.get(name).cloned();
                for known_as in alias.iter().chain(is_asked(name, declarations.variables[name].place).then_some(name)) {
                    self.variable(known_as, name);
                }
            }
            Declared::Typedef(name) => {
                if is_asked(name, declarations.typedefs[name].place) && known_typedef(name).is_none() {
                    self.ask(Need::Typedef(Rc::clone(name)));
                }
            }
            Declared::Record(index) => {
                let record = &declarations.records[*index];
                if record.tag.as_ref().is_some_and(|tag| is_asked(tag, record.place)) {
                    self.ask(Need::Record(*index));
                }
            }
            Declared::Enum(index) => {
                let found = &declarations.enums[*index];
                if found.tag.as_ref().is_some_and(|tag| is_asked(tag, found.place)) {
                    self.ask(Need::Enum(*index));
                }
            }
        }
    }

    /// Enumerators are constants, as in C: those that were asked for, and those of an enum that was.
    fn enumerators(&mut self, is_asked: &dyn Fn(&str, usize) -> bool) {
        let declarations = self.declarations;
        for (index, found) in declarations.enums.iter().enumerate() {
            let typedef = self.typedef_of.get(&Need::Enum(index));
            let whole = found.tag.iter().chain(typedef).any(|name| is_asked(name, found.place));
            for (name, value, place) in &found.members {
                if whole || is_asked(name, *place) {
                    let kind = ItemKind::Constant(Constant::Int(*value as i64));
                    self.items.push(Item { name: usable(name), place: *place, is_companion: false, kind });
                }
            }
        }
    }

    /// The declared name that a macro is another name of.
    fn alias_target(&self, definition: &Macro) -> Option<Rc<str>> {
        let [target] = &definition.body[..] else { return None };
        let declarations = self.declarations;
        let is_declared = declarations.functions.contains_key(&target.text) || declarations.variables.contains_key(&target.text);
        (definition.parameters.is_none() && target.is_identifier() && is_declared && target.text != definition.name)
            .then(|| Rc::clone(&target.text))
    }

    pub(super) fn want(&mut self, need: Need) {
        if self.seen.insert(need.clone()) {
            self.wanted.push_back(need);
        }
    }

    fn ask(&mut self, need: Need) {
        self.asked.insert(need.clone());
        self.want(need);
    }

    pub(super) fn leave_out(&mut self, name: &str, why: impl Into<String>, place: usize) {
        self.left_out.push(LeftOut { name: name.into(), why: why.into(), place, is_expected: false });
    }

    /// As [`Self::leave_out`], for what no C programmer would look for in a library.
    fn pass_over(&mut self, name: &str, why: impl Into<String>, place: usize) {
        self.left_out.push(LeftOut { name: name.into(), why: why.into(), place, is_expected: true });
    }

    // ------------------------------------------------------------ functions and variables

    fn function(&mut self, name: &str, declared: &str) {
        let function = &self.declarations.functions[declared];
        if function.is_local {
            return self.pass_over(name, "it is static or inline: no library has a symbol for it", function.place);
        }
        let signature = Rc::clone(&function.signature);
        if signature.is_old_style {
            return self.leave_out(
                name,
                "it is declared in the old style, which does not tell the types of its parameters",
                function.place,
            );
        }
        let result = match self.result(&signature) {
            Ok(result) => result,
            Err(why) => return self.leave_out(name, why, function.place),
        };
        let mut parameters: Vec<Parameter> = Vec::new();
        for (index, (given, c_type, place)) in signature.parameters.iter().enumerate() {
            let target = match self.parameter_type(c_type) {
                Ok(target) => target,
                Err(why) => return self.leave_out(name, format!("parameter {}: {why}", index + 1), function.place),
            };
            let mut given: Rc<str> = given.clone().unwrap_or_else(|| format!("a{}", index + 1).into());
            while parameters.iter().any(|parameter| parameter.name == given) {
                given = format!("{given}_").into();
            }
            parameters.push(Parameter { name: given.replace('$', "_").into(), target, place: *place });
        }
        let usable = usable(name);
        let symbol = function.symbol.as_deref().unwrap_or(declared);
        let symbol = (*usable != *symbol).then(|| symbol.into());
        let (is_variadic, piece, place) = (signature.is_variadic, function.piece, function.place);
        let kind = ItemKind::Function { parameters, is_variadic, result, symbol, piece };
        self.items.push(Item { name: usable, place, is_companion: false, kind });
    }

    fn variable(&mut self, name: &str, declared: &str) {
        let variable = &self.declarations.variables[declared];
        if let Some(why) = variable.refusal {
            return self.leave_out(name, why, variable.place);
        }
        if matches!(self.declarations.resolve(&variable.c_type), CType::Array { length: None, .. }) {
            return self.leave_out(name, "its length is not told", variable.place);
        }
        match self.value_type(&variable.c_type) {
            Err(why) => self.leave_out(name, why, variable.place),
            Ok(target) => {
                let usable = usable(name);
                let symbol = variable.symbol.as_deref().unwrap_or(declared);
                let symbol = (*usable != *symbol).then(|| symbol.into());
                let kind = ItemKind::Variable { target, symbol };
                self.items.push(Item { name: usable, place: variable.place, is_companion: false, kind });
            }
        }
    }

    pub(super) fn result(&mut self, signature: &Signature) -> Result<Option<Type>, String> {
        match self.declarations.resolve(&signature.result) {
            CType::Void => Ok(None),
            _ => self.value_type(&signature.result).map(Some).map_err(|why| format!("its result: {why}")),
        }
    }

    fn parameter_type(&mut self, c_type: &CType) -> Result<Type, String> {
        if let CType::Pointer { is_const: true, target } = c_type
            && **target == CType::Scalar("c_char")
        {
            return Ok(Type::named("cstr"));
        }
        self.value_type(c_type)
    }

    // ------------------------------------------------------------ constants

    fn constant(&mut self, definition: &Macro, macros: &Macros) {
        let (name, place) = (&definition.name, definition.place);
        if definition.parameters.is_some() {
            return self.pass_over(name, "it is a macro with parameters, not a function", place);
        }
        if definition.body.is_empty() || self.aliases.values().any(|alias| alias == name) {
            return;
        }
        let tokens = macros.expand(&definition.body);
        // `#define EOF EOF`: the name is declared otherwise.
        if matches!(&tokens[..], [token] if token.text == *name) {
            return;
        }
        let scope = ConstantScope { declarations: self.declarations };
        let constant = match evaluate::tokens(&tokens, &scope) {
            Ok(Number::Int { value, kind: IntKind { bits: 64, is_signed: false } }) => Ok(Constant::Int(value as u64 as i64)),
            Ok(Number::Int { value, .. }) => Ok(Constant::Int(value as i64)),
            Ok(Number::Float(value)) if value.is_finite() => Ok(Constant::Float(value)),
            Ok(Number::Float(_)) => Err("it is no finite number".to_string()),
            Ok(Number::Text(bytes)) => match String::from_utf8(bytes) {
                Ok(text) if !text.contains('\0') => Ok(Constant::Text(text.into())),
                _ => Err("its text is no UTF-8".into()),
            },
            Err(why) => Err(why),
        };
        match constant {
            Ok(constant) => {
                let kind = ItemKind::Constant(constant);
                self.items.push(Item { name: usable(name), place, is_companion: false, kind });
            }
            Err(why) => self.pass_over(name, why, place),
        }
    }
}

/// The names that the body of a macro may use.
struct ConstantScope<'a> {
    declarations: &'a Declarations,
}

impl Scope for ConstantScope<'_> {
    fn constant(&self, name: &str) -> Option<Number> {
        self.declarations.enumerator(name)
    }
    fn is_type(&self, name: &str) -> bool {
        is_type_name(self.declarations, name)
    }
    fn scalar(&self, name: &TypeName) -> Scalar {
        super::read::type_named(self.declarations, name).map_or(Scalar::Other, |c_type| self.declarations.scalar(&c_type))
    }
    fn layout(&self, name: &TypeName) -> Option<(u64, u64)> {
        self.declarations.layout(&super::read::type_named(self.declarations, name)?)
    }
}
