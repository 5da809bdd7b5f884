//! Lists the files of `presets/`, so that a new provider is a file there and no line of code.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=presets");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            names.extend(stem.map(str::to_owned));
        }
    }
    names.sort_unstable();
    let line = |name: &String| {
        let file = folder.join(format!("{name}.json"));
        format!(
            "    ({name:?}, include_str!({:?})),\n",
            file.display().to_string()
        )
    };
    let lines: String = names.iter().map(line).collect();
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo says by its environment where a build script may write"
    )]
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(
        Path::new(&out).join("presets.rs"),
        format!("&[\n{lines}]\n"),
    )
}
