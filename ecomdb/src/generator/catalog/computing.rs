//! Computing.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Computing",
    code: "CMP",
    description: "Computers and what surrounds them.",
    brands: &["Corvane", "Datum", "Ferrix", "Quillon", "Strato", "Vectra Nine"],
    leaves: &[
        Leaf {
            name: "Laptops and Tablets",
            description: "Computers to carry.",
            option: "memory",
            variants: &["8 GB", "16 GB", "32 GB", "64 GB"],
            kinds: &[
                durable("Laptop", "LAP", (44_900, 249_900), &["LSL", "WMS", "DOK"]),
                durable("Tablet", "TAB", (17_900, 109_900), &["TSL", "STY"]),
                durable("Convertible Notebook", "CVN", (59_900, 189_900), &["STY", "LSL"]),
                durable("E-Reader", "ERD", (8_900, 29_900), &["ERC"]),
                durable("Laptop Sleeve", "LSL", (1_290, 5_990), &["LAP"]),
                durable("Tablet Sleeve", "TSL", (1_290, 4_990), &["TAB"]),
                durable("Stylus Pen", "STY", (1_990, 12_900), &["TAB"]),
                durable("E-Reader Cover", "ERC", (1_490, 3_990), &["ERD"]),
            ],
        },
        Leaf {
            name: "Keyboards and Mice",
            description: "Everything under the hands.",
            option: "colour",
            variants: &["Black", "White", "Grey", "Pink"],
            kinds: &[
                durable("Mechanical Keyboard", "MKB", (5_900, 22_900), &["WRS", "WMS"]),
                durable("Wireless Mouse", "WMS", (1_490, 9_900), &["MPD"]),
                durable("Gaming Mouse", "GMS", (2_490, 14_900), &["MPD", "GKB"]),
                durable("Gaming Keyboard", "GKB", (3_990, 19_900), &["GMS", "WRS"]),
                consumable("Mouse Pad", "MPD", (690, 3_990), &["WMS", "GMS"]),
                durable("Wrist Rest", "WRS", (990, 3_490), &["MKB"]),
            ],
        },
        Leaf {
            name: "Storage and Memory",
            description: "Room for what matters.",
            option: "capacity",
            variants: &["256 GB", "512 GB", "1 TB", "2 TB"],
            kinds: &[
                durable("External Solid State Drive", "SSD", (5_900, 29_900), &["DCS", "UHB"]),
                durable("Portable Hard Drive", "PHD", (4_900, 15_900), &["DCS"]),
                consumable("USB Flash Drive", "UFD", (590, 4_990), &["UHB"]),
                consumable("Memory Card", "MCD", (790, 9_900), &["CRD"]),
                durable("Card Reader", "CRD", (990, 3_990), &["MCD"]),
                durable("Drive Case", "DCS", (890, 2_490), &["SSD", "PHD"]),
            ],
        },
        Leaf {
            name: "Monitors and Docks",
            description: "A larger desk for a small computer.",
            option: "size",
            variants: &["24 inch", "27 inch", "32 inch", "34 inch"],
            kinds: &[
                durable("Office Monitor", "MON", (11_900, 49_900), &["MAR", "HDM"]),
                durable("Gaming Monitor", "GMO", (17_900, 89_900), &["MAR", "GHS"]),
                durable("Monitor Arm", "MAR", (2_990, 15_900), &["MON"]),
                durable("Docking Station", "DOK", (5_900, 29_900), &["LAP", "MON"]),
                durable("USB Hub", "UHB", (1_290, 5_990), &["LAP"]),
                durable("Webcam", "WBC", (2_490, 17_900), &["MON"]),
            ],
        },
    ],
};
