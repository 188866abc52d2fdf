//! Toys and Games.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Toys and Games",
    code: "TOY",
    description: "For children, and for evenings.",
    brands: &["Bramble", "Dino Doo", "Kubix", "Little Harbour", "Puzzlewerk", "Tumbletown"],
    leaves: &[
        Leaf {
            name: "Building and Learning",
            description: "Hands and heads.",
            option: "edition",
            variants: &["Starter", "Classic", "Deluxe"],
            kinds: &[
                durable("Building Block Set", "BBS", (1_490, 14_900), &["BPL"]),
                durable("Block Base Plate", "BPL", (590, 1_990), &["BBS"]),
                durable("Wooden Train Set", "WTS", (1_990, 9_900), &["TRT"]),
                durable("Train Track Pack", "TRT", (990, 3_990), &["WTS"]),
                durable("Science Kit", "SCI", (1_490, 5_990), &["BAT"]),
            ],
        },
        Leaf {
            name: "Board Games and Puzzles",
            description: "Around one table.",
            option: "edition",
            variants: &["2-4 players", "2-6 players", "Family edition"],
            kinds: &[
                durable("Strategy Board Game", "SBG", (1_990, 7_990), &["CSL"]),
                durable("Card Game", "CGM", (590, 2_490), &["CSL"]),
                durable("Party Game", "PGM", (1_290, 3_990), &["CGM"]),
                consumable("Card Sleeves", "CSL", (290, 990), &["SBG"]),
                durable("Jigsaw Puzzle", "JIG", (890, 3_990), &["PZM"]),
                durable("Puzzle Mat", "PZM", (1_290, 3_490), &["JIG"]),
            ],
        },
        Leaf {
            name: "Soft Toys and Dolls",
            description: "To hold on to.",
            option: "animal",
            variants: &["Bear", "Rabbit", "Fox", "Elephant"],
            kinds: &[
                durable("Plush Animal", "PLU", (890, 4_990), &["PBB"]),
                durable("Doll", "DOL", (1_290, 5_990), &["DLC"]),
                consumable("Doll Clothes", "DLC", (590, 2_490), &["DOL"]),
                durable("Picture Book for Babies", "PBB", (590, 1_690), &["PLU"]),
            ],
        },
        Leaf {
            name: "Arts and Crafts",
            description: "Making a mess, well.",
            option: "size",
            variants: &["12 colours", "24 colours", "36 colours"],
            kinds: &[
                consumable("Colouring Pencils", "CPC", (390, 2_490), &["SKP"]),
                consumable("Paint Set", "PNT", (690, 3_490), &["BRS", "SKP"]),
                consumable("Paint Brushes", "BRS", (390, 1_990), &["PNT"]),
                consumable("Sketch Pad", "SKP", (390, 1_690), &["CPC"]),
                consumable("Modelling Clay", "MDC", (490, 1_990), &["BRS"]),
            ],
        },
    ],
};
