//! What is written agrees with the schemas that are published for it.

mod cases;

use model::Journal;
use netprobe_reports::{json, schema};
use serde_json::Value;

fn validator(file: &str) -> jsonschema::Validator {
    let (_, text) = schema::all().into_iter().find(|(name, _)| name == file).expect(file);
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn agrees(validator: &jsonschema::Validator, value: &Value, what: &str) {
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

#[test]
fn every_sample_agrees_with_its_schema() {
    let names = ["run-v1.json", "report-v1.json", "journal-record-v1.json", "diagnosis-v1.json", "plan-v1.json"];
    let [run, report_schema, record, diagnosis, plan] = names.map(validator);
    for case in cases::all() {
        let report = Journal::read(case.journal().as_bytes()).unwrap();
        let document: Value = serde_json::from_str(&json::document(&report, &case.diagnosis).unwrap()).unwrap();
        agrees(&run, &document, case.name);
        agrees(&report_schema, &document["report"], case.name);
        agrees(&diagnosis, &document["diagnosis"], case.name);
        agrees(&plan, &document["report"]["plan"], case.name);
        for line in case.journal().lines() {
            agrees(&record, &serde_json::from_str(line).unwrap(), line);
        }
        let again = Journal::read(document.to_string().as_bytes()).unwrap();
        assert_eq!(again, report, "the document can be judged again");
    }
}

#[test]
fn schemas_name_themselves_and_refuse_other_things() {
    for (file, text) in schema::all() {
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["$id"], format!("netprobe/{file}"));
        assert!(value["title"].as_str().is_some_and(|title| title.len() > 10), "{file}");
        assert!(!validator(&file).is_valid(&serde_json::json!({"report": 1})), "{file} takes anything");
    }
}
