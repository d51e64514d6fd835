//! New files below `config/` and `templates/` are part of the binary: they must rebuild it.

fn main() {
    println!("cargo:rerun-if-changed=config");
    println!("cargo:rerun-if-changed=templates");
}
