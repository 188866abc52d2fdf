//! Books and Media.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Books and Media",
    code: "BOO",
    description: "Read, listen, learn.",
    brands: &["Foxglove Press", "Harbour House", "Meridian", "Northlight", "Quarto Lane", "Seven Oaks"],
    leaves: &[
        Leaf {
            name: "Fiction",
            description: "Stories.",
            option: "format",
            variants: &["Paperback", "Hardcover", "Large print"],
            kinds: &[
                durable("Crime Novel", "CRN", (890, 2_490), &["BMK", "HNV"]),
                durable("Historical Novel", "HNV", (990, 2_690), &["BMK"]),
                durable("Science Fiction Novel", "SFN", (890, 2_490), &["FAN"]),
                durable("Fantasy Novel", "FAN", (990, 2_790), &["SFN"]),
                durable("Short Story Collection", "SSC", (890, 2_290), &["BMK"]),
            ],
        },
        Leaf {
            name: "Non-fiction",
            description: "The world as it is.",
            option: "format",
            variants: &["Paperback", "Hardcover", "Illustrated"],
            kinds: &[
                durable("Cookbook", "CKB", (1_490, 4_490), &["CKN", "OLO"]),
                durable("Travel Guide", "TVG", (1_290, 3_290), &["BPK"]),
                durable("Biography", "BIO", (1_290, 3_490), &["BMK"]),
                durable("Popular Science Book", "PSB", (1_190, 2_990), &["BIO"]),
                durable("Gardening Book", "GBK", (1_290, 3_490), &["VSD"]),
            ],
        },
        Leaf {
            name: "Children's Books",
            description: "From first pictures to first chapters.",
            option: "format",
            variants: &["Board book", "Paperback", "Hardcover"],
            kinds: &[
                durable("Picture Book", "PIC", (690, 1_890), &["BTB"]),
                durable("Bedtime Stories", "BTB", (890, 2_290), &["PIC", "PLU"]),
                durable("Activity Book", "ACT", (490, 1_490), &["CPC"]),
                durable("Young Reader Novel", "YRN", (790, 1_690), &["BMK"]),
            ],
        },
        Leaf {
            name: "Reading Accessories",
            description: "For those who read a lot.",
            option: "material",
            variants: &["Brass", "Leather", "Walnut"],
            kinds: &[
                consumable("Bookmark", "BMK", (290, 1_290), &["CRN"]),
                durable("Reading Light", "RDL", (990, 3_490), &["BAT"]),
                durable("Bookends", "BKE", (1_290, 4_490), &["HNV"]),
            ],
        },
    ],
};
