//! The pages that Cotter writes for a browser, looked at in one: what a person would see is in the document that it builds.

use std::path::Path;
use std::process::Command;

/// A browser that can be run without a window, if there is one. CI has one.
fn browser() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()));
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI has a browser for this test");
        eprintln!("skipped: no Chromium to look at the page with");
    }
    found
}

/// The document as the browser has it when the page is loaded.
fn document(browser: &str, page: &Path) -> String {
    let profile = tempfile::tempdir().expect("a folder");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("the browser runs");
    String::from_utf8(output.stdout).expect("a document in UTF-8")
}

fn run(script: &str, arguments: &[&str]) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("script.cot");
    std::fs::write(&path, script).expect("a script");
    let output = Command::new(env!("CARGO_BIN_EXE_cotter")).args(arguments).arg(&path).output().expect("cotter runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_snapshot_of_the_heap_is_a_page() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("heap.html");
    run(&format!("import gc\nlet p = Pinner()\np.pin(new [50_000]u8)\ngc.snapshot(\"{}\")\np.close()", page.display()), &[]);
    let document = document(browser, &page);
    for expected in [
        "<h1>Heap of a Cotter program</h1>",
        "<dt>pinned objects</dt><dd>1</dd>",
        "<i class=\"pinned\" style=\"--f:100%\" title=\"57\u{202f}344 bytes, 1 of 1 slots, 1 pinned\"></i>",
        "<td><code>[]u8</code></td><td class=\"n\">50\u{202f}000</td>",
    ] {
        assert!(document.contains(expected), "{expected} is missing in\n{document}");
    }
}

#[test]
fn a_profile_is_a_picture_of_the_functions() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("profile.svg");
    let script =
        "extern \"c\" { fn usleep(us: c_uint) -> c_int }\nfn nap() { usleep(50_000) }\nfn work() { nap(); nap() }\nwork()";
    run(script, &[&format!("--profile={}", picture.display())]);
    let document = document(browser, &picture);
    let bar_of = |name: &str| {
        let bar = document.split("<g class=").find(|bar| bar.contains(&format!("<title>{name}")));
        bar.unwrap_or_else(|| panic!("{name} is missing in\n{document}")).to_string()
    };
    assert!(bar_of("usleep (C): ").starts_with("\"c\""));
    for function in ["&lt;main&gt; ", "work ", "nap "] {
        assert!(bar_of(function).starts_with("\"script\""), "{function}");
    }
    let milliseconds = |bar: &str| -> f64 {
        let (_, time) = bar.split("</title>").next().expect("a title").rsplit_once(": ").expect("a time");
        time.split(' ').next().expect("a number").parse().expect("a number")
    };
    assert!(milliseconds(&bar_of("usleep (C): ")) >= 90.0);
}
