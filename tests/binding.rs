//! `cotter bind` and `cotter verify` with the headers of real libraries: what is bound passes `check`, agrees with its header,
//! and can be called. Then one disagreement of each kind.
//!
//! A library whose header is not installed is skipped and named; where `CI` is set those of the first list have failed then.

use std::path::Path;
use std::process::{Command, Output};

fn cotter(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").env("COTTER_CACHE", "off").env_remove("CC");
    told(command.output().expect("started"))
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command prints text");
    (output.status.code().expect("an exit status"), text(output.stdout), text(output.stderr))
}

fn has_header(header: &str) -> bool {
    let include = |header: &str| format!("#include <{header}>\n");
    let text: String = header.split(',').map(include).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("has.c");
    std::fs::write(&file, text).expect("written");
    Command::new("cc").arg("-E").arg(&file).output().is_ok_and(|output| output.status.success())
}

/// Binds a header to `bound.cot`, checks and verifies it, and runs a script that imports it and prints what is expected.
fn bind_and_call(is_needed: bool, arguments: &[&str], script: &str, expected: &str) {
    let header = arguments[0];
    if !has_header(header) {
        assert!(!(is_needed && std::env::var_os("CI").is_some_and(|value| !value.is_empty())), "{header} is not installed");
        println!("skipped: {header} is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut words = vec!["bind"];
    words.extend(arguments);
    words.extend(["-o", "bound.cot"]);
    assert_eq!(cotter(folder.path(), &words), (0, String::new(), String::new()), "{words:?}");
    assert_eq!(cotter(folder.path(), &["check", "bound.cot"]), (0, String::new(), String::new()), "{header}");
    let (status, output, errors) = cotter(folder.path(), &["verify", "bound.cot"]);
    assert_eq!((status, errors.as_str()), (0, ""), "{header}: {output}");
    assert!(output.contains(" functions") && output.contains("no findings"), "{output}");
    std::fs::write(folder.path().join("use.cot"), script).expect("written");
    assert_eq!(cotter(folder.path(), &["use.cot"]), (0, expected.to_string(), String::new()), "{header}");
}

#[test]
fn zlib() {
    bind_and_call(
        true,
        &["zlib.h"],
        "from bound import crc32, Z_OK, ZLIB_VERSION, z_stream\nprint(crc32(0, \"123456789\", 9), Z_OK, sizeof(z_stream))\n",
        "3421780262 0 112\n",
    );
}

#[test]
fn sqlite() {
    bind_and_call(
        true,
        &["sqlite3.h", "--as", "c"],
        "from bound import c\nlet out = new *c.sqlite3\nprint(c.sqlite3_open(\":memory:\", out) == c.SQLITE_OK)\n\
         print(c.sqlite3_exec(out[0], \"select 1\", fn(_, count, values, names) => 0, nil, nil))\nc.sqlite3_close(out[0])\n",
        "true\n0\n",
    );
}

#[test]
fn expat() {
    bind_and_call(
        true,
        &["expat.h"],
        "import bound as x\nlet parser = x.XML_ParserCreate(nil)\nlet text = \"<a><b/></a>\"\n\
         print(x.XML_Parse(parser, text, len(text), 1) == x.XML_STATUS_OK, x.XML_Error.name(3))\nx.XML_ParserFree(parser)\n",
        "true XML_ERROR_NO_ELEMENTS\n",
    );
}

#[test]
fn png() {
    bind_and_call(
        true,
        &["png.h"],
        "import bound as p\nlet image = p.png_image()\nprint(sizeof(p.png_image), p.PNG_COLOR_TYPE_RGB, p.png_access_version_number() > 10000)\n",
        "104 2 true\n",
    );
}

#[test]
fn gmp() {
    bind_and_call(
        true,
        &["stdio.h,gmp.h", "mpz_*", "gmp_*"],
        "import bound as g\nimport ffi\nlet n = new g.MP_INT\n\
         g.mpz_init_set_ui(n, 2)\ng.mpz_pow_ui(n, n, 100)\nprint(ffi.string(g.mpz_get_str(nil, 10, n)))\n",
        "1267650600228229401496703205376\n",
    );
}

#[test]
fn curl() {
    bind_and_call(
        false,
        &["curl/curl.h", "--also", "curl/*.h"],
        "import bound as c\nlet easy = c.curl_easy_init()\nprint(c.curl_easy_setopt(easy, c.CURLOPT_VERBOSE, 0) == c.CURLE_OK)\nc.curl_easy_cleanup(easy)\n",
        "true\n",
    );
}

#[test]
fn ncurses() {
    bind_and_call(false, &["ncurses.h"], "import bound as n\nprint(n.KEY_UP, n.has_colors is function)\n", "259 true\n");
}

#[test]
fn openssl() {
    bind_and_call(
        false,
        &["openssl/evp.h", "EVP_*"],
        "import bound as o\nlet out = new [32]u8\nlet size = new c_uint\n\
         print(o.EVP_Digest(\"abc\", 3, out, size, o.EVP_sha256(), nil), size[0], out[0..4].hex())\n",
        "1 32 ba7816bf\n",
    );
}

#[test]
fn io_uring() {
    bind_and_call(
        false,
        &["liburing.h"],
        "import bound as u\nprint(sizeof(u.io_uring_cqe), u.io_uring_queue_init is function)\n",
        "16 true\n",
    );
}

#[test]
fn sdl() {
    bind_and_call(
        false,
        &["SDL2/SDL.h", "SDL_*"],
        "import bound as s\nprint(sizeof(s.SDL_Event), s.SDL_QUIT, s.SDL_GetTicks is function)\n",
        "56 256 true\n",
    );
}

// ---------------------------------------------------------------- disagreements

const HEADER: &str = "#define LIMIT 8\n#define NAME \"right\"\n#define HALF 0.5\n\
    struct point { int x; int y; };\nstruct flags { unsigned a : 3; unsigned b : 5; };\nenum color { RED, BLUE = 7 };\n\
    typedef unsigned word;\nextern long counter;\n\
    int move(struct point *p, unsigned by, const char *why);\nvoid fill(char *to, unsigned long count);\n\
    double half(double x, ...);\nstruct tail { int count; char rest[]; };\n";

fn verify(script: &str) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("own.h"), HEADER).expect("written");
    std::fs::write(folder.path().join("main.cot"), script).expect("written");
    cotter(folder.path(), &["verify", "main.cot"])
}

#[test]
fn what_agrees_is_counted() {
    let script = "# header: own.h\nextern {\n    const LIMIT = 8\n    const NAME = \"right\"\n    const HALF = 0.5\n\
        struct point { x: c_int, y: i32 }\n    struct flags { a: u32 : 3, b: u32 : 5 }\n    enum color { RED, BLUE = 7 }\n\
        type word = u32\n    var counter: c_long\n    fn move(p: *point, by: word, why: cstr) -> c_int\n\
        fn fill(to: *u8, count: usize)\n    fn half(x: float, ...) -> f64\n    struct tail { count: i32, rest: [0]u8 }\n}\n";
    let (status, output, errors) = verify(script);
    assert_eq!((status, errors.as_str()), (0, ""));
    assert_eq!(output, "main.cot: 3 functions, 1 variable, 3 structs, 1 enum, 1 type name, 3 constants compared, no findings\n");
}

#[test]
fn each_disagreement_shows_both_sides() {
    let cases = [
        ("const LIMIT = 9", "the constant `LIMIT` is 9 here, and 8 in own.h"),
        ("const NAME = \"wrong\"", "the constant `NAME` is 77726f6e67 here, and 7269676874 in own.h"),
        ("const HALF = 0.25", "the constant `HALF` is 2.5"),
        ("const LIMITS = 9", "the constant `LIMITS`: the C compiler does not know it"),
        ("struct point { x: c_int, y: c_long }", "sizeof(point) is 16 here, and 8 in own.h"),
        ("struct point { y: c_int, x: c_int }", "offset and size of point.y is 0 and 4 here, and 4 and 4 in own.h"),
        ("struct point { x: c_int, y: f32 }", "the field `y` of `point` is another type in C"),
        ("struct point { x: c_int, z: c_int }", "offset and size of point.z: the C compiler does not know it"),
        ("struct flags { a: u32 : 4, b: u32 : 5 }", "the bits of flags.a is 0f000000 here, and 07000000 in own.h"),
        ("struct points { x: c_int }", "own.h does not declare `points`"),
        ("enum color { RED, BLUE = 6 }", "color.BLUE is 6 here, and 7 in own.h"),
        ("enum color: u8 { RED, BLUE = 7 }", "sizeof(color) is 1 here, and 4 in own.h"),
        ("type word = u64", "the type `word` is an integer of another size in C"),
        ("var counter: c_int", "the variable `counter` is an integer of another size in C"),
        (
            "fn move(p: *void, by: c_int, why: cstr) -> c_int",
            "parameter 2 of `move`, `by`, is an integer of another signedness in C",
        ),
        ("fn move(p: *void, by: c_uint) -> c_int", "`move` has 2 parameters here, and 3 in C"),
        (
            "fn move(p: *c_long, by: c_uint, why: cstr) -> c_int",
            "parameter 1 of `move`, `p`, is a pointer to something else in C",
        ),
        ("fn move(p: *void, by: c_uint, why: cstr)", "`move` has a result in C"),
        ("fn move(p: *void, by: c_uint, why: cstr) -> *void", "the result of `move` is another type in C"),
        ("fn fill(to: *const c_char, count: usize)", "parameter 1 of `fill`, `to`, is a pointer through which C may write in C"),
        ("fn half(x: f64) -> f64", "`half` has no `...` here, and one in C"),
        ("fn halve(x: f64) -> f64", "own.h does not declare `halve`"),
    ];
    for (declaration, message) in cases {
        let (status, _, errors) = verify(&format!("# header: own.h\nextern {{\n    {declaration}\n}}\n"));
        assert_eq!(status, 1, "{declaration}");
        assert!(errors.contains(&format!("error: VerifyError: {message}")), "{declaration}:\n{errors}");
        assert!(errors.contains("main.cot:3:"), "{declaration}: no place\n{errors}");
    }
    let (_, _, errors) = verify("# header: own.h\nextern { fn move(p: *void, by: c_int, why: cstr) -> c_int }\n");
    assert!(errors.contains("  here: fn move(p: *void, by: c_int, why: cstr) -> c_int"), "{errors}");
    assert!(errors.contains("  own.h:9: fn move(p: *point, by: c_uint, why: cstr) -> c_int"), "{errors}");
}

#[test]
fn a_block_without_a_header_is_told() {
    let (status, output, errors) = verify("extern \"libc.so.6\" { fn abs(n: c_int) -> c_int }\n");
    assert_eq!((status, output.as_str()), (1, "main.cot: nothing compared, 1 finding\n"));
    assert!(errors.contains("no header is named for this block") && errors.contains("# header: zlib.h"), "{errors}");
}

#[test]
fn pasted_c_is_compared_too() {
    let right =
        "# header: own.h\nextern c { struct point { int x, y; }; int move(struct point *p, unsigned by, const char *why); }\n";
    assert_eq!(verify(right).0, 0);
    let wrong = right.replace("int x, y", "int x; short y");
    let (status, _, errors) = verify(&wrong);
    assert_eq!(status, 1);
    assert!(errors.contains("the field `y` of `point` is an integer of another size in C"), "{errors}");
}

#[test]
fn pasted_c_without_a_header_is_confirmed_by_the_compiler() {
    let script = "extern c {\n    #define LIMIT (sizeof(FILE *) * 2)\n    struct s { char a; long b : 7; FILE *f; };\n\
        @throws(negative)\n    @sized_by(to, count) int take(struct s *to, size_t count, uint8_t x);\n}\n";
    let (status, output, errors) = verify(script);
    assert_eq!((status, errors.as_str()), (0, ""));
    assert_eq!(output, "main.cot: 1 function, 2 structs, 1 constant compared, no findings\n");
    let (status, _, errors) = verify("extern c { struct s { int a; }; int f(void); long f(void); }\n");
    assert_eq!(status, 1, "{errors}");
    assert!(errors.contains("error: VerifyError: the C compiler refuses"), "{errors}");
}

#[test]
fn a_bound_name_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("own.h"), HEADER).expect("written");
    let (status, output, errors) = cotter(folder.path(), &["bind", "./own.h", "moove"]);
    assert_eq!((status, output.as_str()), (1, ""));
    assert_eq!(errors, "error: the header does not declare `moove`; did you mean `move`?\n");
    let (status, _, errors) = cotter(folder.path(), &["bind", "no/such.h"]);
    assert_eq!(status, 1);
    assert!(errors.starts_with("error: there is no header `no/such.h`\n  help: "), "{errors}");
}

/// A library with one function, built where C can be, and the header of it, which takes another one first.
fn own_library(folder: &Path) {
    std::fs::write(folder.join("own.h"), "extern int own_answer(FILE *out);\n").expect("written");
    std::fs::write(
        folder.join("own.c"),
        "#include <stdio.h>\n#include \"own.h\"\nint own_answer(FILE *out) { return puts(\"\") < 0 ? 0 : 42; }\n",
    )
    .expect("written");
    let built = Command::new("cc").args(["-shared", "-fPIC", "own.c", "-o", "libown.so"]).current_dir(folder).status();
    assert!(built.expect("a C compiler").success());
}

#[test]
fn the_library_is_that_of_the_last_header() {
    if !has_header("stdio.h,jpeglib.h") {
        println!("skipped: jpeglib.h is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (status, output, _) = cotter(folder.path(), &["bind", "stdio.h,jpeglib.h"]);
    assert!(status == 0 && output.contains("\nextern \"libjpeg.so."), "{}", &output[..output.len().min(400)]);
    let (_, output, _) = cotter(folder.path(), &["bind", "jpeglib.h,stdio.h"]);
    assert!(!output.contains("libjpeg"), "{output}");
}

#[test]
fn symbols_are_looked_up() {
    let folder = tempfile::tempdir().expect("a folder");
    own_library(folder.path());
    let script =
        "# header: stdio.h, own.h\nextern \"./libown.so\" {\n    struct FILE\n    fn own_answer(out: *FILE) -> c_int\n}\n";
    std::fs::write(folder.path().join("main.cot"), script).expect("written");
    let (status, output, errors) = cotter(folder.path(), &["verify", "main.cot"]);
    assert_eq!((status, errors.as_str()), (0, ""), "{output}");
    // Another library: the declaration is right, and a call would find nothing.
    std::fs::write(folder.path().join("main.cot"), script.replace("./libown.so", "libm.so.6")).expect("written");
    let (status, _, errors) = cotter(folder.path(), &["verify", "main.cot"]);
    assert_eq!(status, 1);
    assert!(errors.starts_with("error: VerifyError: libm.so.6 has no symbol own_answer"), "{errors}");
    assert!(errors.contains("  --> main.cot:4:8\n"), "{errors}");
    // `bind` leaves out what its library does not have, unless it is asked for by name.
    std::fs::write(folder.path().join("two.h"), "int own_answer(void);\nint own_other(void);\n").expect("written");
    let (_, output, _) = cotter(folder.path(), &["bind", "./two.h", "--lib", "./libown.so"]);
    assert!(output.contains("fn own_answer()") && !output.contains("fn own_other()"), "{output}");
    assert!(output.contains("    #   own_other: ./libown.so has no symbol own_other (two.h:2)\n"), "{output}");
    let (_, output, _) = cotter(folder.path(), &["bind", "./two.h", "own_other", "--lib", "./libown.so"]);
    assert!(output.contains("fn own_other()"), "{output}");
    // What a library needs itself is found through it.
    let libc = "# header: stdio.h\nextern \"./libown.so\" { fn puts(text: cstr) -> c_int }\n";
    std::fs::write(folder.path().join("main.cot"), libc).expect("written");
    assert_eq!(cotter(folder.path(), &["verify", "main.cot"]).0, 0);
    std::fs::write(folder.path().join("main.cot"), libc.replace("libown", "libnone")).expect("written");
    let (status, _, errors) = cotter(folder.path(), &["verify", "main.cot"]);
    assert_eq!(status, 1);
    assert!(errors.contains("no library of this block can be loaded: "), "{errors}");
    std::fs::write(folder.path().join("main.cot"), "# header: math.h\nextern \"libc.so.6\" { fn cbrt(x: f64) -> f64 }\n")
        .expect("written");
    let (status, _, errors) = cotter(folder.path(), &["verify", "main.cot"]);
    assert!(status == 1 && errors.contains("  help: libm.so.6 has it\n"), "{errors}");
}

#[test]
fn options_of_the_compiler_are_kept_with_the_headers() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("inc")).expect("a folder");
    std::fs::write(
        folder.path().join("inc/own.h"),
        "#ifdef WIDE\ntypedef long own_word;\n#else\ntypedef int own_word;\n#endif\n\
        #define OWN_WORD sizeof(own_word)\nstruct own { own_word word; };\n",
    )
    .expect("written");
    let bound = cotter(folder.path(), &["bind", "own.h", "-Iinc", "-D", "WIDE=1", "-o", "own.cot"]);
    assert_eq!(bound, (0, String::new(), String::new()));
    let text = std::fs::read_to_string(folder.path().join("own.cot")).expect("text");
    assert!(text.contains("\n# header: -Iinc, -DWIDE=1, own.h\n"), "{text}");
    let (status, _, errors) = cotter(folder.path(), &["verify", "own.cot"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    // The folder is found beside the script, wherever one stands.
    let path = folder.path().join("own.cot");
    let elsewhere = tempfile::tempdir().expect("a folder");
    assert_eq!(cotter(elsewhere.path(), &["verify", path.to_str().expect("a plain name")]).0, 0);
    let script = "extern header \"-DWIDE, -Iinc, own.h\" { own, OWN_WORD }\nprint(OWN_WORD, sizeof(own))\n";
    std::fs::write(folder.path().join("main.cot"), script).expect("written");
    assert_eq!(cotter(folder.path(), &["main.cot"]), (0, "8 8\n".to_string(), String::new()));
    std::fs::write(folder.path().join("main.cot"), script.replace("-DWIDE, ", "")).expect("written");
    assert_eq!(cotter(folder.path(), &["main.cot"]), (0, "4 4\n".to_string(), String::new()));
}

#[test]
fn what_gnu_adds_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(
        cotter(folder.path(), &["bind", "ftw.h", "nftw"]),
        (
            1,
            String::new(),
            "error: the header does not declare `nftw` unless _GNU_SOURCE is defined\n  help: say so with `-D _GNU_SOURCE`\n"
                .to_string()
        )
    );
    std::fs::write(folder.path().join("main.cot"), "extern header \"ftw.h\" { nftw }\nprint(nftw is function)\n")
        .expect("written");
    let (status, _, errors) = cotter(folder.path(), &["main.cot"]);
    assert_eq!(status, 1);
    assert!(errors.contains("  help: write `header \"-D_GNU_SOURCE, ftw.h\"`\n"), "{errors}");
    let script = "extern header \"-D_GNU_SOURCE, ftw.h\" { nftw }\nprint(nftw is function)\n";
    std::fs::write(folder.path().join("main.cot"), script).expect("written");
    assert_eq!(cotter(folder.path(), &["main.cot"]), (0, "true\n".to_string(), String::new()));
}

#[test]
fn headers_that_only_include_are_bound_with_their_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    for (header, names) in [
        ("poll.h", &["fn poll(", "const POLLIN = 1\n"][..]),
        ("math.h", &["fn cbrt(", "const M_PI = "]),
        ("sys/socket.h", &["const AF_INET = 2\n", "const SOL_SOCKET = 1\n", "fn socket("]),
        ("signal.h", &["const SIGINT = 2\n", "fn kill("]),
        ("errno.h", &["const EPERM = 1\n", "const EDOM = 33\n"]),
    ] {
        let (status, output, errors) = cotter(folder.path(), &["bind", header]);
        assert_eq!((status, errors.as_str()), (0, ""), "{header}");
        for name in names {
            assert!(output.contains(name), "{header} lacks {name}");
        }
    }
    if has_header("lzma.h") {
        let (_, output, errors) = cotter(folder.path(), &["bind", "lzma.h"]);
        assert!(output.contains("fn lzma_code(") && errors.is_empty(), "{errors}");
    }
    if has_header("SDL2/SDL.h") {
        let (_, _, errors) = cotter(folder.path(), &["bind", "SDL2/SDL.h"]);
        assert!(errors.starts_with("warning: the header itself declares 5 functions, those that it includes "), "{errors}");
        assert!(errors.contains("  help: --also 'SDL2/*.h' counts them in"), "{errors}");
    }
}

#[test]
fn doc_comments_are_carried_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let header = "/** How many there are. */\n#define MOST 8\n/* plain */\n#define LEAST 1\n\n/// A place.\n/// In the plane.\n\
        struct place { int x; int y; };\n\n/**\n * \\brief Moves a place.\n *\n * \\param[in] by how far\n * \\return 0, or -1.\n *\n\
         * \\sa other\n */\nextern\nint move(struct place *p, int by);\nint other(void);\nenum { A, /**< The first. */ };\n";
    std::fs::write(folder.path().join("own.h"), header).expect("written");
    let (status, output, errors) = cotter(folder.path(), &["bind", "./own.h"]);
    assert_eq!((status, errors.as_str()), (0, ""));
    for part in [
        "    ## How many there are.\n    const MOST = 8\n",
        "    ## The first.\n    const A = 0\n",
        "    ## A place.\n    ## In the plane.\n    struct place {\n",
        "    ## Moves a place.\n    ##\n    ## `by`: how far\n    ## Returns 0, or -1.\n    fn move(p: *place, by: c_int) -> c_int\n",
    ] {
        assert!(output.contains(part), "{part}\n{output}");
    }
    assert_eq!(output.matches("##").count(), 8, "{output}");
    std::fs::write(folder.path().join("own.cot"), &output).expect("written");
    assert_eq!(cotter(folder.path(), &["fmt", "--check", "own.cot"]).0, 0, "{output}");
    let (status, told, _) = cotter(folder.path(), &["doc", "own.cot"]);
    assert!(status == 0 && told.contains("Moves a place."), "{told}");
}

#[test]
fn what_is_left_out_is_told_with_its_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let header = "long double wide(void);\n#define TWICE(x) ((x) * 2)\nstatic inline int one(void) { return 1; }\n\
        struct odd { _Complex double z; int n; };\nvoid take(struct odd *o);\nvoid give(struct odd o);\nint fine(void);\n";
    std::fs::write(folder.path().join("own.h"), header).expect("written");
    let (status, output, _) = cotter(folder.path(), &["bind", "./own.h"]);
    assert_eq!(status, 0);
    for line in [
        "fn fine() -> c_int",
        "fn take(o: *odd)",
        "# opaque here: its field `z`: Cotter has no type for `_Complex`",
        "#   wide: its result: Cotter has no type for `long double` (own.h:1)",
        "#   TWICE: it is a macro with parameters, not a function (own.h:2)",
        "#   one: it is static or inline: no library has a symbol for it (own.h:3)",
        "#   give: parameter 1: `struct odd` by value: its field `z`: Cotter has no type for `_Complex` (own.h:6)",
    ] {
        assert!(output.contains(line), "{line}\n{output}");
    }
}

#[test]
fn a_compiler_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
    command.args(["bind", "stdio.h"]).current_dir(folder.path()).env("CC", "no-such-compiler").env("NO_COLOR", "1");
    let (status, _, errors) = told(command.output().expect("started"));
    assert_eq!(status, 1);
    assert!(errors.starts_with("error: the C compiler `no-such-compiler` cannot be started: No such file"), "{errors}");
    assert!(errors.contains("help: "), "{errors}");
}

#[test]
fn what_a_header_said_is_kept_until_it_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let header = folder.path().join("own.h");
    std::fs::write(&header, "#define LIMIT 1\n").expect("written");
    std::fs::write(folder.path().join("main.cot"), "extern header \"./own.h\" { LIMIT }\nprint(LIMIT)\n").expect("written");
    let cache = folder.path().join("cache");
    let run = |compiler: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cotter"));
        command.arg("main.cot").current_dir(folder.path()).env("COTTER_CACHE", &cache).env("NO_COLOR", "1").env_remove("CC");
        if let Some(folder) = compiler {
            command.env("PATH", folder);
        }
        told(command.output().expect("started"))
    };
    assert_eq!(run(None), (0, "1\n".to_string(), String::new()));
    // Without a compiler to be found, the answer of before is all there is.
    assert_eq!(run(Some("/nowhere")), (0, "1\n".to_string(), String::new()));
    std::fs::write(&header, "#define LIMIT 22\n").expect("written");
    assert_eq!(run(Some("/nowhere")).0, 1);
    assert_eq!(run(None), (0, "22\n".to_string(), String::new()));
    // What is damaged is read anew.
    for entry in std::fs::read_dir(&cache).expect("a folder") {
        std::fs::write(entry.expect("an entry").path(), "# cotter\nnonsense").expect("written");
    }
    assert_eq!(run(None), (0, "22\n".to_string(), String::new()));
}
