//! Values of a table, as both kinds of databases hold them.

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Flag(bool),
}

impl From<i64> for Value {
    fn from(value: i64) -> Value {
        Value::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Value {
        Value::Real(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Flag(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Value {
        Value::Text(value.to_owned())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Value {
        Value::Text(value.clone())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// The cells of a row, taken one after the other.
pub(crate) struct Cells(std::vec::IntoIter<Value>);

impl Cells {
    pub(crate) fn of(row: Vec<Value>) -> Cells {
        Cells(row.into_iter())
    }

    /// # Errors
    /// If the next cell holds something else; so do the others.
    pub(crate) fn text(&mut self) -> Result<String, String> {
        self.maybe_text()?.ok_or_else(|| odd(&Value::Null))
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, String> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => Err(odd(&other)),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, String> {
        self.maybe_int()?.ok_or_else(|| odd(&Value::Null))
    }

    pub(crate) fn maybe_int(&mut self) -> Result<Option<i64>, String> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Int(int) => Ok(Some(int)),
            other => Err(odd(&other)),
        }
    }

    pub(crate) fn maybe_real(&mut self) -> Result<Option<f64>, String> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Real(real) => Ok(Some(real)),
            other => Err(odd(&other)),
        }
    }

    pub(crate) fn flag(&mut self) -> Result<bool, String> {
        self.maybe_flag()?.ok_or_else(|| odd(&Value::Null))
    }

    /// SQLite has no truth values: 0 and 1 stand for them.
    pub(crate) fn maybe_flag(&mut self) -> Result<Option<bool>, String> {
        match self.next() {
            Value::Null => Ok(None),
            Value::Flag(flag) => Ok(Some(flag)),
            Value::Int(int @ (0 | 1)) => Ok(Some(int == 1)),
            other => Err(odd(&other)),
        }
    }

    fn next(&mut self) -> Value {
        self.0.next().unwrap_or(Value::Null)
    }
}

fn odd(value: &Value) -> String {
    format!(
        "a table holds {value:?} where something else belongs; it was written by another program"
    )
}
