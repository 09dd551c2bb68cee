//! JSON Schemas of everything that netprobe writes, generated from the types. The version in a name is that of the format,
//! not of the program.

use diagnose::Diagnosis;
use explain::Explanations;
use model::{Plan, Record, Report};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};

use crate::json::Document;
use crate::side_by_side;

/// Every schema as (file name, text), in the order in which the command line lists them.
pub fn all() -> Vec<(String, String)> {
    vec![
        schema::<Document>("run", "The document of a run: its report and the diagnosis"),
        schema::<Report>("report", "What was seen from one vantage"),
        schema::<Record>("journal-record", "One line of a report that is still growing"),
        schema::<Diagnosis>("diagnosis", "What judgement comes to"),
        schema::<side_by_side::Document>("comparison", "Several reports side by side"),
        schema::<Plan>("plan", "What is to be measured"),
        schema::<Explanations>("explanations", "What messages say, and what they rule out"),
    ]
}

fn schema<T: JsonSchema>(name: &str, title: &str) -> (String, String) {
    let file = format!("{name}-v{}.json", model::REPORT_VERSION);
    let generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    // A name without a host: the files lie in the repository and nowhere else.
    schema.insert("$id".to_owned(), format!("netprobe/{file}").into());
    schema.insert("title".to_owned(), title.into());
    (file, format!("{:#}\n", schema.as_value()))
}
