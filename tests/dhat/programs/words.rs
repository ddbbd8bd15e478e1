//! Vectors, strings and maps that grow; sorting; formatting; shared and boxed values.
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;

fn words(count: u32) -> Vec<String> {
    let mut all = Vec::new();
    for i in 0..count {
        all.push(format!("word-{}-{}", i * 7919 % 1009, "x".repeat((i % 40) as usize)));
    }
    all
}

fn count_letters(words: &[String]) -> HashMap<char, usize> {
    let mut counts = HashMap::new();
    for letter in words.iter().flat_map(|word| word.chars()) {
        *counts.entry(letter).or_insert(0) += 1;
    }
    counts
}

fn index(words: &[String]) -> BTreeMap<usize, Vec<Rc<str>>> {
    let mut by_length: BTreeMap<usize, Vec<Rc<str>>> = BTreeMap::new();
    for word in words {
        by_length.entry(word.len()).or_default().push(Rc::from(word.as_str()));
    }
    by_length
}

fn adders(count: usize) -> Vec<Box<dyn Fn(usize) -> usize>> {
    (0..count)
        .map(|i| {
            let captured = vec![i; i + 1];
            Box::new(move |x| x + captured.len()) as Box<dyn Fn(usize) -> usize>
        })
        .collect()
}

fn main() {
    let mut all = words(3000);
    let letters = count_letters(&all);
    let by_length = index(&all);
    all.sort_by_key(|word| word.to_uppercase()); // allocates for each comparison
    let unique: HashSet<&String> = all.iter().collect();
    let mut queue: VecDeque<usize> = by_length.keys().copied().collect();
    for i in 0..500 {
        queue.push_back(i);
    }
    let mut text = String::new();
    for word in all.iter().take(100) {
        text.push_str(word);
        text.insert(0, '>');
    }
    text.shrink_to_fit();
    let sum = adders(64).iter().fold(0, |sum, add| add(sum));
    std::mem::forget(by_length.values().next().cloned());
    println!("{} {} {} {} {} {}", letters.len(), by_length.len(), unique.len(), queue.len(), text.len(), sum);
}
