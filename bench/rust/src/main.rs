//! Measures the core beside its limits, one round for each line of its input.
//!
//! The first line of the output is the material, so that a peer in another language can do the same work on the same
//! bytes. Each line after it is one round: nanoseconds for one run of each task. `bench/run.py` drives it, measures
//! the peers between two rounds, and makes the table.

mod policy;
mod task;
mod tokens;

use std::error::Error;
use std::io::{self, BufRead, Write};

use serde_json::{Map, Value, json};

use crate::policy::Rules;
use crate::task::Task;
use crate::tokens::Token;

fn main() -> Result<(), Box<dyn Error>> {
    let tokens = Token::of_each_algorithm()?;
    let rules = Rules::new()?;
    let mut tasks: Vec<Task<'_>> = tokens.iter().flat_map(Token::tasks).collect();
    tasks.extend(rules.tasks());
    say(
        &json!({"tokens": tokens.iter().map(Token::material).collect::<Vec<_>>(), "policy": rules.material()}),
    )?;
    for (round, line) in io::stdin().lock().lines().enumerate() {
        line?;
        say(&Value::from(measure(&tasks, round)?))?;
    }
    Ok(())
}

/// One round. Every other one goes through the tasks backwards, so that none always follows the same neighbour.
fn measure(tasks: &[Task<'_>], round: usize) -> Result<Map<String, Value>, Box<dyn Error>> {
    let run = |task: &Task<'_>| Ok((task.name.clone(), Value::from(task.nanoseconds()?)));
    if round.is_multiple_of(2) {
        tasks.iter().map(run).collect()
    } else {
        tasks.iter().rev().map(run).collect()
    }
}

fn say(line: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
