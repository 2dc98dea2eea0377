//! `rke2-lint schema`.

use std::io::{self, Write as _};

use clap::{Args, Subcommand};

use super::{CLEAN, Failure, unless_closed};
use crate::catalog::{self, Target};
use crate::schema;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArguments {
    #[command(subcommand)]
    of: Of,
}

#[derive(Debug, Subcommand)]
enum Of {
    /// The schema of config.yaml and its drop-ins
    Config(ReleaseArguments),
    /// The schema of registries.yaml
    Registries,
    /// The schema of the values of a packaged chart
    Values {
        /// Packaged chart, such as rke2-cilium
        chart: String,
        #[command(flatten)]
        release: ReleaseArguments,
    },
}

#[derive(Debug, Args)]
struct ReleaseArguments {
    /// RKE2 release; without it, all releases of the newest four minors
    #[arg(long, value_name = "V")]
    rke2_version: Option<String>,
}

/// Prints a schema.
pub fn run(arguments: &SchemaArguments) -> Result<u8, Failure> {
    let schema = match &arguments.of {
        Of::Config(release) => schema::config(&release.target()?),
        Of::Registries => schema::registries(),
        Of::Values { chart, release } => {
            let target = release.target()?;
            schema::values(chart, &target).ok_or_else(|| no_chart(chart, &target))?
        }
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    unless_closed(out.write_all(schema::text(&schema).as_bytes()).and_then(|()| out.flush()))?;
    Ok(CLEAN)
}

fn no_chart(chart: &str, target: &Target) -> Failure {
    let known = crate::settings::nearest(chart, catalog::charts());
    let help = known.filter(|known| *known != chart).map_or_else(
        || "`rke2-lint catalog` lists the charts of a release".to_owned(),
        |known| format!("did you mean `{known}`?"),
    );
    Failure::Message(format!("no values of a chart `{chart}` are known in {target}: {help}"))
}

impl ReleaseArguments {
    fn target(&self) -> Result<Target, Failure> {
        let Some(text) = self.rke2_version.as_deref() else { return Ok(Target::unknown()) };
        let failed = |error: String| Failure::Message(format!("--rke2-version: {error}"));
        let spec = catalog::spec(text).map_err(|error| failed(error.to_string()))?;
        Target::of(spec).map_err(|error| failed(error.to_string()))
    }
}
