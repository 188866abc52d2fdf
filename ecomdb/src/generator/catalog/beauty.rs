//! Beauty and Health.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Beauty and Health",
    code: "BEA",
    description: "Care for skin, hair and body.",
    brands: &["Amberly", "Botanica Vie", "Clarisse", "Derma Nord", "Lavanda", "Pure Loom"],
    leaves: &[
        Leaf {
            name: "Skin Care",
            description: "Every morning and evening.",
            option: "size",
            variants: &["50 ml", "100 ml", "200 ml"],
            kinds: &[
                consumable("Face Cream", "FCR", (890, 7_990), &["FCL", "SRM"]),
                consumable("Facial Cleanser", "FCL", (590, 3_490), &["FCR", "CTP"]),
                consumable("Vitamin Serum", "SRM", (1_290, 6_990), &["FCR"]),
                consumable("Sun Cream", "SCR", (790, 2_990), &["ASN"]),
                consumable("After Sun Lotion", "ASN", (590, 1_990), &["SCR"]),
                consumable("Cotton Pads", "CTP", (190, 690), &["FCL"]),
            ],
        },
        Leaf {
            name: "Hair Care",
            description: "Washing, styling, drying.",
            option: "size",
            variants: &["150 ml", "250 ml", "500 ml"],
            kinds: &[
                consumable("Shampoo", "SHM", (390, 2_490), &["CON"]),
                consumable("Conditioner", "CON", (390, 2_490), &["SHM"]),
                consumable("Hair Mask", "HMK", (590, 2_990), &["SHM"]),
                durable("Hair Dryer", "HDR", (1_990, 24_900), &["HBR"]),
                durable("Hair Brush", "HBR", (590, 3_490), &["HDR"]),
            ],
        },
        Leaf {
            name: "Bath and Body",
            description: "Soap and water.",
            option: "scent",
            variants: &["Lavender", "Citrus", "Unscented", "Rose"],
            kinds: &[
                consumable("Shower Gel", "SGL", (290, 1_490), &["BDL"]),
                consumable("Body Lotion", "BDL", (490, 2_490), &["SGL"]),
                consumable("Bar Soap", "BSO", (290, 1_290), &["SGL"]),
                consumable("Bath Salts", "BTS", (590, 2_490), &["SCN"]),
                consumable("Hand Cream", "HCR", (390, 1_990), &["BSO"]),
            ],
        },
        Leaf {
            name: "Oral and Shaving",
            description: "Daily routine.",
            option: "firmness",
            variants: &["Soft", "Medium", "Firm"],
            kinds: &[
                durable("Electric Toothbrush", "ETB", (2_990, 19_900), &["TBH", "TPA"]),
                consumable("Toothbrush Heads", "TBH", (790, 3_490), &["ETB", "TPA"]),
                consumable("Toothpaste", "TPA", (190, 790), &["TBH"]),
                durable("Safety Razor", "SRZ", (1_490, 6_990), &["RBL", "SHF"]),
                consumable("Razor Blades", "RBL", (490, 2_490), &["SHF"]),
                consumable("Shaving Foam", "SHF", (290, 1_290), &["RBL"]),
            ],
        },
    ],
};
