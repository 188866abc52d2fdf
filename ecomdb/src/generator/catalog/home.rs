//! Home and Living.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Home and Living",
    code: "HOM",
    description: "Furniture, light and textiles.",
    brands: &["Alderhus", "Birkedal", "Casa Linde", "Fjordhem", "Maison Orme", "Oakmere"],
    leaves: &[
        Leaf {
            name: "Lighting",
            description: "Light where it is wanted.",
            option: "colour",
            variants: &["Brass", "Black", "White", "Oak"],
            kinds: &[
                durable("Table Lamp", "TLP", (1_990, 14_900), &["LBU"]),
                durable("Floor Lamp", "FLP", (3_990, 29_900), &["LBU"]),
                durable("Pendant Light", "PDL", (2_990, 24_900), &["LBU"]),
                consumable("LED Bulb", "LBU", (390, 1_990), &["TLP", "FLP"]),
                durable("String Lights", "STL", (990, 3_990), &["XTC"]),
                durable("Desk Lamp", "DLP", (1_990, 12_900), &["LBU", "DOR"]),
            ],
        },
        Leaf {
            name: "Bedding",
            description: "For good nights.",
            option: "size",
            variants: &["Single", "Double", "King", "Queen"],
            kinds: &[
                durable("Duvet", "DVT", (3_990, 24_900), &["DVC", "PLW"]),
                durable("Duvet Cover", "DVC", (1_990, 11_900), &["FSH", "PCS"]),
                durable("Fitted Sheet", "FSH", (1_290, 6_990), &["DVC"]),
                consumable("Pillowcase", "PCS", (690, 3_490), &["PLW"]),
                durable("Pillow", "PLW", (1_490, 9_900), &["PCS"]),
                durable("Mattress Topper", "MTT", (5_900, 29_900), &["FSH"]),
            ],
        },
        Leaf {
            name: "Decoration",
            description: "What makes rooms a home.",
            option: "colour",
            variants: &["Sage", "Terracotta", "Cream", "Indigo"],
            kinds: &[
                consumable("Scented Candle", "SCN", (790, 4_990), &["CHL"]),
                durable("Candle Holder", "CHL", (890, 4_990), &["SCN"]),
                durable("Cushion", "CSH", (990, 5_990), &["CCV"]),
                durable("Cushion Cover", "CCV", (690, 3_490), &["CSH"]),
                durable("Picture Frame", "PFR", (590, 4_990), &["WPR"]),
                consumable("Wall Print", "WPR", (990, 6_990), &["PFR"]),
                durable("Vase", "VAS", (990, 8_990), &["SCN"]),
            ],
        },
        Leaf {
            name: "Storage and Laundry",
            description: "Everything in its place.",
            option: "size",
            variants: &["Small", "Medium", "Large"],
            kinds: &[
                durable("Storage Basket", "SBK", (990, 4_990), &["DOR"]),
                durable("Clothes Hanger Set", "CHG", (790, 2_990), &["SBK"]),
                durable("Laundry Hamper", "LHP", (1_990, 7_990), &["CHG"]),
                durable("Drawer Organiser", "DOR", (790, 3_490), &["SBK"]),
                durable("Extension Cord", "XTC", (890, 3_490), &["TLP"]),
            ],
        },
    ],
};
