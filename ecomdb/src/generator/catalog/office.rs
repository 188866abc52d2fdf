//! Office and School.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Office and School",
    code: "OFF",
    description: "Paper, pens and the desk.",
    brands: &["Blotter & Co", "Federkiel", "Inkwell", "Paragon", "Ruled", "Schreiber"],
    leaves: &[
        Leaf {
            name: "Writing",
            description: "By hand.",
            option: "colour",
            variants: &["Blue", "Black", "Red", "Green"],
            kinds: &[
                consumable("Ballpoint Pens", "BPN", (190, 1_490), &["NTB"]),
                durable("Fountain Pen", "FPE", (1_490, 14_900), &["INK", "NTB"]),
                consumable("Ink Cartridges", "INK", (290, 1_290), &["FPE"]),
                consumable("Highlighters", "HLT", (290, 990), &["STN"]),
                consumable("Pencils", "PNC", (190, 990), &["ERS"]),
                consumable("Eraser", "ERS", (90, 390), &["PNC"]),
            ],
        },
        Leaf {
            name: "Paper and Filing",
            description: "On paper, and found again.",
            option: "size",
            variants: &["A4", "A5", "A6"],
            kinds: &[
                consumable("Notebook", "NTB", (290, 2_490), &["BPN"]),
                consumable("Copy Paper", "CPP", (490, 2_990), &["TNR"]),
                consumable("Sticky Notes", "STN", (190, 990), &["HLT"]),
                durable("Ring Binder", "RBN", (290, 1_290), &["DVD"]),
                consumable("Binder Dividers", "DVD", (190, 690), &["RBN"]),
                durable("Desk Planner", "DPL", (890, 2_990), &["BPN"]),
            ],
        },
        Leaf {
            name: "Desk and Supplies",
            description: "Working, sitting, printing.",
            option: "colour",
            variants: &["Black", "White", "Grey"],
            kinds: &[
                durable("Office Chair", "OCH", (7_990, 49_900), &["CMT"]),
                durable("Chair Mat", "CMT", (1_990, 6_990), &["OCH"]),
                durable("Printer", "PRN", (5_990, 34_900), &["TNR", "CPP"]),
                consumable("Toner", "TNR", (1_990, 9_900), &["CPP"]),
                consumable("Batteries", "BAT", (390, 1_990), &["HTC"]),
                durable("Stapler", "STP", (590, 2_490), &["STA"]),
                consumable("Staples", "STA", (120, 490), &["STP"]),
            ],
        },
    ],
};
