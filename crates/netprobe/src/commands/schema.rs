//! `netprobe schema`: the JSON Schemas of what is written.

use anyhow::Context as _;

use crate::args::SchemaArgs;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<Exit> {
    let schemas = reports::schema::all();
    let names: Vec<&str> = schemas.iter().map(|(file, _)| name(file)).collect();
    let Some(wanted) = &args.name else {
        output::data(&(names.join("\n") + "\n"))?;
        return Ok(Exit::Fine);
    };
    let is_wanted = |file: &str| [name(file), file.trim_end_matches(".json"), file].contains(&wanted.as_str());
    let found = schemas.iter().find(|(file, _)| is_wanted(file));
    let expected = || format!("there is no schema `{wanted}`; expected one of: {}", names.join(", "));
    output::data(&found.with_context(expected)?.1)?;
    Ok(Exit::Fine)
}

/// The file's name without version and ending: `run` of `run-v1.json`.
fn name(file: &str) -> &str {
    file.rsplit_once("-v").map_or(file, |(name, _)| name)
}
