//! Pets.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Pets",
    code: "PET",
    description: "For those who cannot order themselves.",
    brands: &["Barkley", "Finch & Fur", "Merrypaw", "Nordpfote", "Purrfect Day", "Tailwind"],
    leaves: &[
        Leaf {
            name: "Dogs",
            description: "Walks, meals, naps.",
            option: "size",
            variants: &["Small", "Medium", "Large"],
            kinds: &[
                consumable("Dry Dog Food", "DDF", (990, 7_990), &["DTR"]),
                consumable("Dog Treats", "DTR", (290, 1_490), &["DDF"]),
                durable("Dog Lead", "DLD", (890, 3_990), &["DCL", "PBG"]),
                durable("Dog Collar", "DCL", (790, 3_490), &["DLD"]),
                consumable("Poop Bags", "PBG", (290, 1_290), &["DLD"]),
                durable("Dog Bed", "DBD", (1_990, 12_900), &["DTY"]),
                consumable("Dog Toy", "DTY", (390, 1_990), &["DTR"]),
            ],
        },
        Leaf {
            name: "Cats",
            description: "Mostly naps.",
            option: "flavour",
            variants: &["Chicken", "Salmon", "Duck"],
            kinds: &[
                consumable("Wet Cat Food", "WCF", (390, 2_990), &["CTT", "CLT"]),
                consumable("Cat Treats", "CTT", (190, 890), &["WCF"]),
                consumable("Cat Litter", "CLT", (590, 2_490), &["WCF", "LBX"]),
                durable("Litter Box", "LBX", (1_490, 9_900), &["CLT"]),
                durable("Scratching Post", "SPO", (1_990, 14_900), &["CTY"]),
                consumable("Cat Toy", "CTY", (290, 1_290), &["CTT"]),
            ],
        },
        Leaf {
            name: "Small Animals and Fish",
            description: "Cages, tanks and hay.",
            option: "size",
            variants: &["1 kg", "2 kg", "5 kg"],
            kinds: &[
                consumable("Hay", "HAY", (390, 1_490), &["RBF"]),
                consumable("Rabbit Food", "RBF", (490, 1_990), &["HAY"]),
                consumable("Fish Food", "FFD", (290, 1_290), &["AQF"]),
                durable("Aquarium", "AQU", (3_990, 29_900), &["AQF", "FFD"]),
                consumable("Aquarium Filter Pads", "AQF", (390, 1_690), &["FFD"]),
                consumable("Bird Seed", "BSD", (390, 1_690), &["BFE"]),
                durable("Bird Feeder", "BFE", (790, 3_490), &["BSD"]),
            ],
        },
    ],
};
