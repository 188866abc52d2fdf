//! Electronics.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Electronics",
    code: "ELE",
    description: "Sound, pictures and phones.",
    brands: &["Aurivox", "Lumenta", "Halden", "Kestrel Audio", "Norvik", "Tessaro"],
    leaves: &[
        Leaf {
            name: "Headphones",
            description: "For the ears, at home and on the way.",
            option: "colour",
            variants: &["Black", "White", "Graphite", "Sand"],
            kinds: &[
                durable("Wireless Headphones", "WHP", (3_900, 34_900), &["HCA", "CHC"]),
                durable("Wired Earphones", "WEP", (900, 7_900), &["AUX", "HCA"]),
                durable("True Wireless Earbuds", "TWE", (2_900, 24_900), &["ETP", "CHC"]),
                durable("Gaming Headset", "GHS", (2_900, 19_900), &["GMS", "GKB"]),
                consumable("Ear Tips", "ETP", (490, 1_990), &["TWE"]),
                durable("Headphone Case", "HCA", (990, 3_990), &["WHP"]),
            ],
        },
        Leaf {
            name: "Speakers and Hi-Fi",
            description: "Sound for every room.",
            option: "colour",
            variants: &["Black", "White", "Walnut", "Silver"],
            kinds: &[
                durable("Bluetooth Speaker", "BSP", (1_900, 29_900), &["CHC", "AUX"]),
                durable("Soundbar", "SBR", (7_900, 79_900), &["HDM", "TVS"]),
                durable("Bookshelf Speakers", "BKS", (9_900, 89_900), &["SPW", "TTB"]),
                durable("Turntable", "TTB", (9_900, 69_900), &["BKS", "VBR"]),
                consumable("Speaker Wire", "SPW", (690, 2_990), &["BKS"]),
                consumable("Record Brush", "VBR", (790, 2_490), &["TTB"]),
            ],
        },
        Leaf {
            name: "Television",
            description: "Screens and what connects to them.",
            option: "size",
            variants: &["43 inch", "50 inch", "55 inch", "65 inch"],
            kinds: &[
                durable("4K Television", "TVS", (27_900, 199_900), &["TVM", "HDM", "SBR"]),
                durable("Television Wall Mount", "TVM", (1_490, 9_900), &["TVS", "HDM"]),
                consumable("HDMI Cable", "HDM", (590, 2_990), &["TVS", "SBR"]),
                durable("Streaming Stick", "STK", (2_490, 7_990), &["HDM", "TVS"]),
            ],
        },
        Leaf {
            name: "Phone Accessories",
            description: "Charging, carrying and protecting a phone.",
            option: "colour",
            variants: &["Black", "Clear", "Navy", "Rose"],
            kinds: &[
                durable("Phone Case", "PHC", (790, 4_990), &["SCP", "CHC"]),
                consumable("Screen Protector", "SCP", (490, 2_490), &["PHC"]),
                consumable("USB-C Charging Cable", "CHC", (490, 2_490), &["WCH", "PBK"]),
                durable("Wireless Charger", "WCH", (1_490, 7_990), &["CHC", "PHC"]),
                durable("Power Bank", "PBK", (1_490, 8_990), &["CHC"]),
                consumable("Audio Adapter", "AUX", (490, 1_490), &["WEP"]),
            ],
        },
    ],
};
