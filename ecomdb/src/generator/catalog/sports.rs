//! Sports and Outdoors.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Sports and Outdoors",
    code: "SPO",
    description: "Moving, and sleeping outside.",
    brands: &["Alpenrose", "Boreal Trail", "Kinetik", "Ridgeline", "Tarn", "Veloz"],
    leaves: &[
        Leaf {
            name: "Fitness",
            description: "At home or in the gym.",
            option: "colour",
            variants: &["Black", "Blue", "Violet"],
            kinds: &[
                durable("Yoga Mat", "YGM", (1_490, 8_990), &["YGB", "RSB"]),
                consumable("Yoga Block", "YGB", (690, 2_490), &["YGM"]),
                consumable("Resistance Bands", "RSB", (790, 3_490), &["YGM"]),
                durable("Dumbbell Set", "DMB", (2_490, 19_900), &["TGL"]),
                durable("Kettlebell", "KTB", (1_990, 9_900), &["TGL"]),
                consumable("Training Gloves", "TGL", (890, 3_490), &["DMB"]),
                consumable("Protein Powder", "PPW", (1_490, 5_990), &["SHK"]),
                durable("Shaker Bottle", "SHK", (590, 1_990), &["PPW"]),
            ],
        },
        Leaf {
            name: "Cycling",
            description: "On two wheels.",
            option: "size",
            variants: &["S", "M", "L"],
            kinds: &[
                durable("Bicycle Helmet", "BHM", (2_490, 15_900), &["BLI"]),
                durable("Bicycle Light Set", "BLI", (1_490, 8_990), &["BHM", "BLK"]),
                durable("Bicycle Lock", "BLK", (1_490, 9_900), &["BLI"]),
                consumable("Inner Tube", "ITB", (490, 1_490), &["TRK", "BPM"]),
                consumable("Tyre Repair Kit", "TRK", (390, 1_490), &["ITB"]),
                durable("Bicycle Pump", "BPM", (1_290, 5_990), &["ITB"]),
            ],
        },
        Leaf {
            name: "Camping and Hiking",
            description: "Far from sockets.",
            option: "colour",
            variants: &["Green", "Orange", "Grey"],
            kinds: &[
                durable("Tent", "TNT", (6_990, 49_900), &["SLB", "SMT"]),
                durable("Sleeping Bag", "SLB", (3_990, 29_900), &["SMT", "TNT"]),
                durable("Sleeping Mat", "SMT", (1_990, 14_900), &["SLB"]),
                durable("Camping Stove", "CST", (2_490, 12_900), &["GCT"]),
                consumable("Gas Cartridge", "GCT", (490, 1_490), &["CST"]),
                durable("Head Torch", "HTC", (1_490, 7_990), &["BAT"]),
                durable("Water Bottle", "WBT", (990, 3_990), &["BPK"]),
                durable("Hiking Poles", "HPL", (2_490, 12_900), &["WBT"]),
            ],
        },
    ],
};
