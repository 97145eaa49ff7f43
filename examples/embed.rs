//! Cotter inside a Rust program: a shop whose discounts are a script. `cargo run --example embed`
//!
//! The script cannot reach C (nobody allowed it), has limits of work and memory, and what goes wrong in it comes back as data.

use cotter::diagnostic::Diagnostic;
use cotter::session::{Data, Options, Outcome, Session};

const RULES: &str = r#"
fn discount(basket) {
    let total = sum(basket.map(fn(item) => item["price"] * item["count"]))
    if total >= 100.0 { return ["percent": 10, "why": "100 or more"] }
    return ["percent": 0, "why": "only {total:.2f} so far"]
}

fn never_ends() {
    while true { }
}
"#;

/// Steps that a rule may take.
const FUEL: u64 = 1_000_000;

fn main() {
    let options = Options { fuel: Some(FUEL), max_heap: Some(32 << 20), ..Options::default() };
    let mut shop = Session::new(options);
    for text in ["extern \"c\" { fn system(command: cstr) -> c_int }", RULES] {
        if let Outcome::Failed(errors) = shop.load_text("rules.cot", text) {
            tell(&errors);
        }
    }
    for prices in [vec![20.0, 30.0], vec![60.0, 55.5]] {
        let basket: Vec<Data> = prices.iter().map(|&price| item(price, 1)).collect();
        match shop.call("discount", &[Data::List(basket)]) {
            Ok(answer) => println!("{prices:?}: {answer:?}"),
            Err(outcome) => report(outcome),
        }
    }
    for (function, arguments) in [("discount", vec![Data::from("all of it")]), ("refund", vec![]), ("never_ends", vec![])] {
        shop.set_fuel(Some(FUEL));
        match shop.call(function, &arguments) {
            Ok(answer) => println!("{function}: {answer:?}"),
            Err(outcome) => report(outcome),
        }
    }
}

fn item(price: f64, count: i32) -> Data {
    Data::Map(vec![("price".into(), price.into()), ("count".into(), count.into())])
}

fn report(outcome: Outcome) {
    match outcome {
        Outcome::Failed(errors) => tell(&errors),
        Outcome::Fatal(end) => println!("stopped: {}", end.message),
        Outcome::Exit(status) => println!("the script wants to end with status {status}"),
        Outcome::Done | Outcome::Interrupted => {}
    }
}

fn tell(errors: &[Diagnostic]) {
    for error in errors {
        println!("{}: {}", error.kind, error.message);
    }
}
