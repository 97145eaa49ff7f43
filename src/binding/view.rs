//! A header as `cotter verify` looks at it: what it declares under a name, and what the C compiler says of expressions over it.

use super::c_type::{CFunction, CType};
use super::choose::names_of_records;
use super::compiler::{CCompiler, CompilerFailure, includes};
use super::header::Header;
use super::item::Item;
use super::naming::{header_names, with_options};
use super::piece::pieces;
use super::print;
use super::shape::{Shape, shape_of};
use super::token::tokens;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// An opened header.
pub struct HeaderView {
    header: Header,
    /// What messages call it.
    name: String,
    /// What a program begins with to have its declarations.
    prologue: String,
    compiler: CCompiler,
    /// The names in Cotter of each record and of each enum.
    record_names: Vec<Vec<Rc<str>>>,
    enum_names: Vec<Vec<Rc<str>>>,
}

/// A declaration of the header.
pub struct Seen {
    pub shape: Shape,
    /// Its name in C.
    pub name: Rc<str>,
    /// `zlib.h:123`
    pub place: String,
}

impl HeaderView {
    /// Opens headers, written with commas between them, behind the options that they need.
    pub fn open(headers: &str, compiler: &CCompiler) -> Result<HeaderView, CompilerFailure> {
        let names = header_names(headers);
        HeaderView::of_c(names.join(" and "), includes(&names), &with_options(headers, compiler))
    }

    /// Takes the C text of a script for a header. The C compiler is told the types that such text may use without a declaration.
    pub fn of_pasted(text: &str, compiler: &CCompiler) -> Result<HeaderView, CompilerFailure> {
        let mut prologue =
            includes(&["stddef.h", "stdint.h", "stdbool.h", "stdio.h", "dirent.h", "sys/types.h", "sys/socket.h", "time.h"]);
        prologue.push_str("#line 1 \"C text\"\n");
        prologue.push_str(&without_attributes(text));
        prologue.push('\n');
        HeaderView::of_c("the C text".to_string(), prologue, compiler)
    }

    fn of_c(name: String, prologue: String, compiler: &CCompiler) -> Result<HeaderView, CompilerFailure> {
        let header = Header::of_c(&prologue, compiler)?;
        let (record_names, enum_names) = names_of_records(&header.declarations, &header.macros);
        Ok(HeaderView { header, name, prologue, compiler: compiler.clone(), record_names, enum_names })
    }

    /// `zlib.h`, `stdio.h and gmp.h`
    pub fn name(&self) -> &str {
        &self.name
    }

    fn found_function(&self, symbol: &str, name: &str) -> Option<(&Rc<str>, &CFunction)> {
        let functions = &self.header.declarations.functions;
        let labelled = || functions.iter().find(|(_, function)| function.symbol.as_deref() == Some(symbol));
        functions.get_key_value(symbol).or_else(labelled).or_else(|| functions.get_key_value(name))
    }

    /// The function behind a symbol, or of a name.
    pub fn function(&self, symbol: &str, name: &str) -> Option<Seen> {
        let (declared, function) = self.found_function(symbol, name)?;
        let shape = self.shape(&CType::Function(Rc::clone(&function.signature)));
        Some(Seen { shape, name: Rc::clone(declared), place: self.header.place(function.place) })
    }

    pub fn variable(&self, symbol: &str, name: &str) -> Option<Seen> {
        let variables = &self.header.declarations.variables;
        let (declared, variable) = variables.get_key_value(symbol).or_else(|| variables.get_key_value(name))?;
        let shape = self.shape(&variable.c_type);
        Some(Seen { shape, name: Rc::clone(declared), place: self.header.place(variable.place) })
    }

    /// What a typedef names.
    pub fn type_name(&self, name: &str) -> Option<Seen> {
        let typedef = self.header.declarations.typedefs.get(name)?;
        Some(Seen { shape: self.shape(&typedef.c_type), name: name.into(), place: self.header.place(typedef.place) })
    }

    /// How C names a record, and whether its fields are told; an empty text where C has no name for it.
    pub fn record(&self, name: &str) -> Option<(String, bool)> {
        let index = self.record_names.iter().position(|names| names.iter().any(|known| **known == *name))?;
        let record = &self.header.declarations.records[index];
        let spelling = record.spelling.clone().unwrap_or_default();
        Some((spelling, record.fields.is_some()))
    }

    /// The shapes of a record's own fields.
    pub fn fields(&self, name: &str) -> HashMap<Rc<str>, Shape> {
        let index = self.record_names.iter().position(|names| names.iter().any(|known| **known == *name));
        let fields = index.and_then(|index| self.header.declarations.records[index].fields.as_ref());
        fields.into_iter().flatten().filter_map(|field| Some((field.name.clone()?, self.shape(&field.c_type)))).collect()
    }

    /// How C names an enum.
    pub fn enumeration(&self, name: &str) -> Option<String> {
        let index = self.enum_names.iter().position(|names| names.iter().any(|known| **known == *name))?;
        Some(self.header.declarations.enums[index].spelling.clone().unwrap_or_default())
    }

    fn shape(&self, c_type: &CType) -> Shape {
        shape_of(&self.header.declarations, c_type, &|index| self.record_names[index].clone())
    }

    /// The declaration of a name as source text of Cotter.
    pub fn text(&self, name: &str) -> String {
        let chosen = self.header.choose(&[name]);
        let items: Vec<&Item> = chosen.items.iter().filter(|item| !item.is_companion && *item.name == *name).collect();
        let mut text = String::new();
        print::items(&items, &|_| Vec::new(), &mut text);
        text.trim().lines().map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// Asks the C compiler about statements that print something: the printed line of each, or its complaint.
    ///
    /// # Errors
    /// If the compiler cannot be asked at all.
    pub fn ask(&self, questions: &[String]) -> Result<Vec<Result<String, String>>, CompilerFailure> {
        let mut answers: Vec<Option<Result<String, String>>> = vec![None; questions.len()];
        // What one question gets wrong is taken out; a further round finds what hid behind it.
        for _ in 0..5 {
            let mut program = self.prologue.clone();
            program.push_str("#include <stdio.h>\n#include <stddef.h>\n#include <string.h>\nint main(void) {\n");
            for (index, question) in questions.iter().enumerate().filter(|(index, _)| answers[*index].is_none()) {
                program.push_str(&format!(
                    "#line {} \"question\"\n{{ printf(\"%d \", {index}); {question} puts(\"\"); }}\n",
                    index + 1
                ));
            }
            program.push_str("return 0; }\n");
            match self.compiler.run_program(&program)? {
                Ok(output) => {
                    for line in output.lines() {
                        let Some((index, answer)) = line.split_once(' ') else { continue };
                        if let Some(slot) = index.parse().ok().and_then(|index: usize| answers.get_mut(index)) {
                            *slot = Some(Ok(answer.to_string()));
                        }
                    }
                    return Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err("no answer".into()))).collect());
                }
                Err(complaints) => {
                    let wrong = wrong_lines(&complaints);
                    if wrong.is_empty() {
                        let first = complaints.lines().find(|line| line.contains("error")).unwrap_or("no reason");
                        return Err(CompilerFailure::Refused(first.to_string()));
                    }
                    let mut seen = HashSet::new();
                    for (line, why) in wrong {
                        if let Some(slot) = answers.get_mut(line.wrapping_sub(1)).filter(|_| seen.insert(line)) {
                            *slot = Some(Err(why));
                        }
                    }
                }
            }
        }
        Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err("no answer".into()))).collect())
    }
}

/// C text with blanks in the place of Cotter's attributes.
fn without_attributes(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for attribute in pieces(tokens(text, 0)).iter().flat_map(|piece| &piece.attributes) {
        let (Some(first), Some(last)) = (attribute.first(), attribute.last()) else { continue };
        let range = first.place..last.place + last.text.len();
        bytes[range].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `question:12:8: error: …` as line and complaint.
fn wrong_lines(complaints: &str) -> Vec<(usize, String)> {
    let mut wrong = Vec::new();
    for line in complaints.lines() {
        let Some(rest) = line.strip_prefix("question:") else { continue };
        let Some((place, complaint)) = rest.split_once("error: ") else { continue };
        if let Some(number) = place.split(':').next().and_then(|number| number.parse().ok()) {
            wrong.push((number, complaint.replace(['‘', '’'], "`")));
        }
    }
    wrong
}
