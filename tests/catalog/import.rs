//! A maintainer adds a chart version to the neutral form.

use rke2_lint::catalog::{ChartTable, ChartValues, Lookup, import_archive, import_files};

use super::archive::{chart_files, pack};

#[test]
fn a_new_version_is_merged_into_the_neutral_form() {
    let first = import_files(chart_files("shop")).unwrap();
    let mut files = chart_files("shop");
    files.insert("Chart.yaml".to_owned(), b"name: shop\nversion: 1.10.0".to_vec());
    files.insert("templates/shop.yaml".to_owned(), b"{{ .Values.roof.tiles }}".to_vec());
    let second = import_archive(&pack("shop", &files)).unwrap();

    let merged = first.merge(&second);
    assert_eq!(merged.versions(), ["1.2.3", "1.10.0"]);
    // The order of merging does not matter, and the neutral form keeps everything.
    assert_eq!(second.merge(&first), merged);
    let text = merged.to_neutral();
    assert_eq!(ChartTable::from_neutral(&text).unwrap(), merged);
    assert!(text.starts_with("{\"chart\":\"shop\",\"versions\":[\"1.2.3\",\"1.10.0\"]}\n"), "{text}");

    let values = ChartValues::from(&merged);
    let known =
        |version: &str, path: &[&str]| matches!(values.at(version).unwrap().lookup(path), Lookup::Known(_));
    assert!(!known("1.2.3", &["roof", "tiles"]) && known("1.10.0", &["roof", "tiles"]));
    assert!(known("1.2.3", &["opening"]) && !known("1.10.0", &["opening"]));
    assert!(known("1.2.3", &["replicas"]) && known("1.10.0", &["replicas"]));
}
