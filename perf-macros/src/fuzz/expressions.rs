//! Expressions, held against what syn reads.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Expr;
use syn::parse::{ParseStream, Parser};

use super::inputs::random;
use crate::expression::{Kind, read};
use crate::literals::{text, whole};
use crate::tokens::{Tokens, row, stream};

fn name(kind: &Kind) -> String {
    match kind {
        Kind::Literal(literal) => format!("literal {literal}"),
        Kind::Truth(truth) => format!("literal {truth}"),
        Kind::Negative => "negative".to_owned(),
        Kind::List(elements) => {
            let names: Vec<String> = elements.iter().map(|element| name(&element.kind)).collect();
            format!("list of {names:?}")
        }
        Kind::Path { is_qualified } => format!("path {is_qualified}"),
        Kind::Closure(closure) => {
            let is_async = closure.asynchronous.is_some();
            let inputs: Vec<String> = closure.inputs.iter().map(ToString::to_string).collect();
            format!("closure {is_async} {inputs:?}")
        }
        Kind::Call { is_empty } => format!("call {is_empty}"),
        Kind::Parentheses => "parentheses".to_owned(),
        Kind::Operation => "operation".to_owned(),
        Kind::Other => "other".to_owned(),
    }
}

fn name_by_syn(expr: &Expr) -> String {
    match expr {
        Expr::Lit(literal) => format!("literal {}", literal.lit.to_token_stream()),
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => "negative".to_owned(),
        Expr::Array(list) => {
            let names: Vec<String> = list.elems.iter().map(name_by_syn).collect();
            format!("list of {names:?}")
        }
        Expr::Path(path) => format!("path {}", path.qself.is_some()),
        Expr::Closure(closure) => {
            let inputs = closure.inputs.iter();
            let inputs: Vec<String> = inputs
                .map(|input| input.to_token_stream().to_string())
                .collect();
            format!("closure {} {inputs:?}", closure.asyncness.is_some())
        }
        Expr::Call(call) => format!("call {}", call.args.is_empty()),
        Expr::Tuple(_) | Expr::Paren(_) => "parentheses".to_owned(),
        Expr::Binary(_) | Expr::Assign(_) | Expr::Range(_) | Expr::Cast(_) => {
            "operation".to_owned()
        }
        _ => "other".to_owned(),
    }
}

/// Holds what is read against what syn reads; `false` where it reads no expression.
fn is_read_as_by_syn(text: &str) -> bool {
    let Ok(written) = text.parse::<TokenStream>() else {
        return false;
    };
    let by_syn = |input: ParseStream<'_>| {
        let expr: Expr = input.parse()?;
        let rest: TokenStream = input.parse()?;
        Ok((
            name_by_syn(&expr),
            expr.to_token_stream().to_string(),
            rest.to_string(),
        ))
    };
    let Ok(by_syn) = by_syn.parse2(written.clone()) else {
        return false;
    };
    let all = row(written);
    let mut tokens = Tokens::new(&all);
    let read = read(&mut tokens).unwrap_or_else(|why| panic!("{text}: {why}"));
    let shown = read.to_token_stream().to_string();
    let rest = stream(tokens.rest()).to_string();
    // syn writes `||` as two marks.
    let read = (name(&read.kind), shown, rest);
    let plain = |(a, b, c): (String, String, String)| [a, b, c].map(|text| text.replace(' ', ""));
    assert_eq!(plain(read), plain(by_syn), "{text}");
    true
}

#[test]
fn expressions_end_where_they_end_for_the_compiler() {
    for text in [
        "\"10ms\", mem",
        "10 ms",
        "1000/s, p50",
        "-5",
        "- a.b() + 1",
        "[1, -2, \"a\", b::c], d",
        "[0; 4]",
        "|| 5, ignore",
        "||, ignore",
        "|a, b| a, c",
        "|a: HashMap<u8, u8>, (b, c)| a",
        "move |n| -> Vec<u8> { vec![n] }",
        "async move || load().await?",
        "|a| |b| a | b, c",
        "a::<B, C>::d, e",
        "<A as B<C, D>>::e, f",
        "<A>::b()",
        "::a::b::<fn(u8) -> C<D>>(1), e",
        "f()",
        "f(1)(2)",
        "a.b::<C, D>(e).f[0]?.0.1, g",
        "(1, 2)",
        "()",
        "1..5",
        "..=5, a",
        "1.., a",
        "a as Vec<u8, A> + 1, b",
        "a as *const u8 as usize, b",
        "a as fn(&'a mut B) -> C, d",
        "if let A { b } = c && d < e { 1 } else if f { 2 } else { 3 } + 4, g",
        "match a { _ => 1 }, b",
        "unsafe{ a() }.b(), c",
        "'a: loop { break 'a 5 }, b",
        "for A { b } in c { }, d",
        "while a { }, b",
        "A { b: 1, ..c }, d",
        "a!{ b, c }, d",
        "&mut a, b",
        "&raw const a, b",
        "&&a && !b || *c, d",
        "return, a",
        "|| return a, b",
        "a = b, c",
        "a += b << 2 >= 3, c",
        "#[a] b, c",
        "_, a",
        "true",
        "false, a",
        "\"a\" \"b\"",
        "a => b",
    ] {
        assert!(is_read_as_by_syn(text) || text == "||, ignore", "{text}");
    }
}

#[test]
fn random_expressions_end_there_too() {
    const PIECES: &[&str] = &[
        "a",
        "b",
        "self",
        "::c",
        "::c",
        ".",
        ".",
        "(",
        ")",
        "(1, 2)",
        "[1]",
        "{ }",
        "<",
        ">",
        "<A, B>",
        "::<A>",
        "|",
        "||",
        "|n|",
        "|n: A<B, C>|",
        "->",
        "-",
        "&",
        "&&",
        "*",
        "!",
        "+",
        "/",
        "==",
        "?",
        "5",
        "1.5",
        "10ms",
        "\"a\"",
        "'c'",
        "'l",
        ":",
        "as u8",
        "u8",
        "mut ",
        "move ",
        "async ",
        "if ",
        "else ",
        "match ",
        "loop ",
        "for ",
        "in ",
        "let ",
        "return ",
        "break ",
        "unsafe ",
        "true",
        "await",
        ",",
        ",",
        ";",
        "#[a]",
        " ",
        " ",
        "x!",
    ];
    let mut read = 0_u32;
    random(PIECES, 20_000, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        read += u32::from(is_read_as_by_syn(&text));
    });
    assert!(read > 2_000, "{read} expressions are too few");
}

#[test]
fn literals_say_what_they_say_to_syn() {
    for written in [
        r#""a\"b\\\n\r\t\0\x41\u{1F_600}'\'""#,
        "\"a\\\n   b\\\n\n\tc\"",
        "r\"a\\b\"",
        "r##\"a\"#b\"##",
        "\"a\"ms",
        "'c'",
        "b\"a\"",
        "0",
        "007",
        "1_000u8",
        "10ms",
        "5MB",
        "0xff_u64",
        "0b1_0",
        "0o17",
        "340282366920938463463374607431768211455",
        "1.5",
        "1e5",
        "2E+3",
        "1exa",
    ] {
        let expression = written.parse().expect("the row is made of tokens");
        let all = row(expression);
        let read = read(&mut Tokens::new(&all)).expect("a literal is an expression");
        let Kind::Literal(literal) = read.kind else {
            panic!("{written}");
        };
        let ours = (
            text(&literal).map(|text| text.value),
            whole(&literal).map(|whole| (whole.digits, whole.suffix)),
        );
        let by_syn = match syn::parse_str(written).expect("the row is a literal") {
            syn::Lit::Str(text) => (Some(text.value()), None),
            syn::Lit::Int(number) => {
                let digits = number.base10_digits().to_owned();
                (None, Some((digits, number.suffix().to_owned())))
            }
            _ => (None, None),
        };
        assert_eq!(ours, by_syn, "{written}");
    }
}
