//! Garden and Tools.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Garden and Tools",
    code: "GAR",
    description: "Growing, grilling, building and mending.",
    brands: &["Greenholt", "Harrow & Son", "Ironbark", "Medow", "Terrafirma", "Wolden"],
    leaves: &[
        Leaf {
            name: "Plants and Soil",
            description: "Things that grow.",
            option: "size",
            variants: &["Small", "Medium", "Large"],
            kinds: &[
                consumable("Vegetable Seeds", "VSD", (190, 590), &["POT", "PSL"]),
                consumable("Flower Bulbs", "FLB", (390, 1_490), &["PSL"]),
                consumable("Potting Soil", "PSL", (590, 1_990), &["POT"]),
                consumable("Plant Food", "PFD", (490, 1_990), &["PSL"]),
                durable("Plant Pot", "POT", (490, 5_990), &["PSL"]),
                durable("Watering Can", "WCN", (990, 4_490), &["PFD"]),
            ],
        },
        Leaf {
            name: "Garden Tools",
            description: "For beds, hedges and lawns.",
            option: "material",
            variants: &["Ash", "Steel", "Green"],
            kinds: &[
                durable("Garden Spade", "GSP", (1_990, 7_990), &["GGL"]),
                durable("Pruning Shears", "PRS", (1_290, 6_990), &["GGL"]),
                consumable("Garden Gloves", "GGL", (490, 2_490), &["PRS"]),
                durable("Garden Hose", "GHO", (1_990, 8_990), &["HNZ"]),
                durable("Hose Nozzle", "HNZ", (690, 2_990), &["GHO"]),
                durable("Hedge Trimmer", "HTR", (5_900, 29_900), &["GGL"]),
            ],
        },
        Leaf {
            name: "Grilling",
            description: "Fire and what goes on it.",
            option: "colour",
            variants: &["Black", "Steel", "Red"],
            kinds: &[
                durable("Charcoal Grill", "CGL", (4_990, 39_900), &["CHR", "GTG"]),
                durable("Gas Grill", "GGR", (14_900, 99_900), &["GCV", "GTG"]),
                consumable("Charcoal", "CHR", (790, 2_490), &["FLT"]),
                consumable("Firelighters", "FLT", (290, 890), &["CHR"]),
                durable("Grill Tongs", "GTG", (690, 2_990), &["GGR"]),
                durable("Grill Cover", "GCV", (1_490, 5_990), &["GGR"]),
            ],
        },
        Leaf {
            name: "Power Tools",
            description: "For larger work.",
            option: "voltage",
            variants: &["12 V", "18 V", "36 V"],
            kinds: &[
                durable("Cordless Drill", "CDR", (4_990, 24_900), &["DBS", "TBX"]),
                consumable("Drill Bit Set", "DBS", (990, 5_990), &["CDR"]),
                durable("Orbital Sander", "OSN", (3_990, 15_900), &["SPP"]),
                consumable("Sandpaper Pack", "SPP", (390, 1_490), &["OSN"]),
                durable("Toolbox", "TBX", (1_990, 9_900), &["SCD"]),
                durable("Screwdriver Set", "SCD", (990, 5_990), &["TBX"]),
            ],
        },
    ],
};
