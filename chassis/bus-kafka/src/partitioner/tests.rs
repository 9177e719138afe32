use super::*;

/// Values that the Java client's own tests expect of its `Utils.murmur2`.
#[test]
fn a_key_hashes_as_in_java() {
    for (key, hash) in [
        ("21", -973_932_308),
        ("foobar", -790_332_482),
        ("a-little-bit-long-string", -985_981_536),
        ("a-little-bit-longer-string", -1_486_304_829),
        (
            "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8",
            -58_897_971,
        ),
        ("abc", 479_470_107),
    ] {
        assert_eq!(murmur2(key.as_bytes()).cast_signed(), hash, "{key}");
    }
}

#[test]
fn every_key_has_a_partition() {
    for partitions in [1, 2, 6, 7] {
        for key in ["", "a", "01J8", "a correlation id of some length"] {
            let partition = partition_of(key.as_bytes(), partitions);
            assert!((0..partitions).contains(&partition));
        }
    }
}
