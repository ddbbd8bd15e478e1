//! A recursive parser and evaluator over boxed trees; errors as values, and panics that are caught.
use std::panic;

#[derive(Clone, Debug)]
enum Expression {
    Number(i64),
    Sum(Vec<Expression>),
    Product(Box<Expression>, Box<Expression>),
}

struct Parser {
    letters: Vec<char>,
    at: usize,
}

impl Parser {
    fn sum(&mut self) -> Result<Expression, String> {
        let mut parts = vec![self.product()?];
        while self.accept('+') {
            parts.push(self.product()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expression::Sum(parts) })
    }

    fn product(&mut self) -> Result<Expression, String> {
        let left = self.atom()?;
        if !self.accept('*') {
            return Ok(left);
        }
        Ok(Expression::Product(Box::new(left), Box::new(self.product()?)))
    }

    fn atom(&mut self) -> Result<Expression, String> {
        if self.accept('(') {
            let inner = self.sum()?;
            return if self.accept(')') { Ok(inner) } else { Err(format!("no ) at {}", self.at)) };
        }
        let digits: String = self.letters[self.at..].iter().take_while(|c| c.is_ascii_digit()).collect();
        self.at += digits.len();
        digits.parse().map(Expression::Number).map_err(|error| format!("{} at {}", error, self.at))
    }

    fn accept(&mut self, letter: char) -> bool {
        let found = self.letters.get(self.at) == Some(&letter);
        self.at += found as usize;
        found
    }
}

fn evaluate(expression: &Expression) -> i64 {
    match expression {
        Expression::Number(value) => *value,
        Expression::Sum(parts) => parts.iter().map(evaluate).fold(0, |a, b| (a + b) % 1_000_003),
        Expression::Product(left, right) => match (evaluate(left), evaluate(right)) {
            (_, 13) => panic!("an unlucky factor: {:?}", right),
            (a, b) => a * b % 1_000_003,
        },
    }
}

fn nested(depth: usize) -> String {
    if depth == 0 {
        return "7*6+1".to_string();
    }
    format!("({}+{})*(2+{})", nested(depth - 1), depth, depth)
}

fn main() {
    panic::set_hook(Box::new(|_| {}));
    let (mut values, mut errors, mut panics) = (Vec::new(), Vec::new(), 0);
    for depth in 0..24 {
        for text in [nested(depth), nested(depth) + "+(", format!("2*{}", depth)] {
            match (Parser { letters: text.chars().collect(), at: 0 }).sum() {
                Ok(tree) => match panic::catch_unwind(|| evaluate(&tree.clone())) {
                    Ok(value) => values.push(value),
                    Err(_) => panics += 1,
                },
                Err(message) => errors.push(message),
            }
        }
    }
    println!("{} {} {}", values.iter().sum::<i64>(), errors.join(";").len(), panics);
}
