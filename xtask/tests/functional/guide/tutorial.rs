pub fn parse(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    #[perf_runtime::perf_budget(p99 = "20us", setup = || "name = demo\n".repeat(1_000))]
    fn parses_the_config(text: &String) -> usize {
        super::parse(text).len()
    }
}
