//! `netprobe schema`: the JSON Schemas of what is written.

use crate::args::SchemaArgs;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<Exit> {
    let schemas = reports::schema::all();
    let Some(wanted) = &args.name else {
        let names: String = schemas.iter().map(|(file, _)| format!("{}\n", name(file))).collect();
        output::data(&names)?;
        return Ok(Exit::Fine);
    };
    match schemas.iter().find(|(file, _)| [name(file), file.trim_end_matches(".json"), file].contains(&wanted.as_str()))
    {
        Some((_, schema)) => output::data(schema)?,
        None => {
            let known: Vec<&str> = schemas.iter().map(|(file, _)| name(file)).collect();
            anyhow::bail!("there is no schema `{wanted}`; expected one of: {}", known.join(", "));
        }
    }
    Ok(Exit::Fine)
}

/// The file's name without version and ending: `run` of `run-v1.json`.
fn name(file: &str) -> &str {
    file.rsplit_once("-v").map_or(file, |(name, _)| name)
}
