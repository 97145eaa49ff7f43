//! How headers are named: `"stdio.h, gmp.h"`, `"-D_GNU_SOURCE, ftw.h"`, in a block, in the comment `# header:`, on the command line.

use super::compiler::CCompiler;

/// The options of the C compiler that may stand before headers.
const OPTIONS: [&str; 3] = ["-D", "-U", "-I"];

fn is_option(part: &str) -> bool {
    OPTIONS.iter().any(|option| part.starts_with(option))
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(|part| part.trim().trim_matches(['<', '>'])).filter(|part| !part.is_empty())
}

/// The headers that a text names.
pub fn header_names(text: &str) -> Vec<&str> {
    parts(text).filter(|part| !is_option(part)).collect()
}

/// The compiler with the options that stand in a text. A folder of headers is looked for beside the script, then from the working
/// directory.
pub fn with_options(text: &str, compiler: &CCompiler) -> CCompiler {
    let mut compiler = compiler.clone();
    for option in parts(text).filter(|part| is_option(part)) {
        let option: String = option.split_whitespace().collect();
        if let (Some(folder), Some(base)) = (option.strip_prefix("-I"), &compiler.folder) {
            let beside = format!("-I{}", base.join(folder).display());
            compiler.options.push(beside);
        }
        compiler.options.push(option);
    }
    compiler
}

/// Options and headers as a text that names them.
pub fn text_of(options: &[String], headers: &[&str]) -> String {
    options.iter().map(String::as_str).chain(headers.iter().copied()).collect::<Vec<_>>().join(", ")
}

/// The same text with the macro that opens what GNU adds to the C library.
pub fn with_gnu_source(text: &str) -> String {
    format!("{GNU_SOURCE}, {}", text.trim())
}

pub const GNU_SOURCE: &str = "-D_GNU_SOURCE";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_before_headers() {
        let text = " -D_GNU_SOURCE, -I inc, <stdio.h>, ftw.h";
        assert_eq!(header_names(text), ["stdio.h", "ftw.h"]);
        let beside = CCompiler { folder: Some("lib".into()), ..CCompiler::default() };
        assert_eq!(with_options(text, &beside).options, ["-D_GNU_SOURCE", "-Ilib/inc", "-Iinc"]);
        assert_eq!(with_options("stdio.h", &beside), beside);
        assert_eq!(text_of(&["-DA=1".to_string()], &["a.h", "b.h"]), "-DA=1, a.h, b.h");
    }
}
