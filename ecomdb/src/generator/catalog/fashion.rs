//! Fashion.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Fashion",
    code: "FAS",
    description: "Clothes, shoes and what goes with them.",
    brands: &["Arden Row", "Blythe", "Cotton & Pine", "Marlowe", "Sollis", "Vesper"],
    leaves: &[
        Leaf {
            name: "Women's Clothing",
            description: "For every day and the other days.",
            option: "size",
            variants: &["XS", "S", "M", "L", "XL"],
            kinds: &[
                durable("Summer Dress", "SDR", (2_490, 12_900), &["SND", "SNG"]),
                durable("Blouse", "BLO", (1_990, 8_990), &["WJN"]),
                durable("Women's Jeans", "WJN", (2_990, 12_900), &["BLT", "BLO"]),
                durable("Cardigan", "CDG", (2_490, 11_900), &["BLO"]),
                consumable("Tights", "TGT", (490, 2_490), &["SDR"]),
            ],
        },
        Leaf {
            name: "Men's Clothing",
            description: "From shirts to coats.",
            option: "size",
            variants: &["S", "M", "L", "XL", "XXL"],
            kinds: &[
                durable("Oxford Shirt", "OXS", (2_490, 9_900), &["CHI"]),
                consumable("T-Shirt", "TSH", (790, 3_990), &["SCK"]),
                durable("Men's Jeans", "MJN", (2_990, 12_900), &["BLT", "TSH"]),
                durable("Chinos", "CHI", (2_990, 9_900), &["BLT", "OXS"]),
                durable("Wool Pullover", "WPU", (3_990, 15_900), &["SCF"]),
                consumable("Socks", "SCK", (390, 1_490), &["TSH"]),
            ],
        },
        Leaf {
            name: "Shoes",
            description: "On the ground, well.",
            option: "size",
            variants: &["38", "39", "40", "41", "42", "43"],
            kinds: &[
                durable("Sneakers", "SNK", (3_990, 17_900), &["SCK", "SHC"]),
                durable("Leather Boots", "LBT", (7_990, 29_900), &["SHC"]),
                durable("Sandals", "SND", (1_990, 9_900), &["SDR"]),
                durable("Slippers", "SLP", (1_290, 5_990), &["SCK"]),
                consumable("Shoe Care Kit", "SHC", (690, 2_490), &["LBT"]),
            ],
        },
        Leaf {
            name: "Bags and Accessories",
            description: "The finishing touch.",
            option: "colour",
            variants: &["Black", "Tan", "Olive", "Navy"],
            kinds: &[
                durable("Backpack", "BPK", (2_990, 15_900), &["WBT"]),
                durable("Leather Belt", "BLT", (1_490, 6_990), &["WLT"]),
                durable("Wallet", "WLT", (1_490, 8_990), &["BLT"]),
                durable("Scarf", "SCF", (1_290, 7_990), &["BNE"]),
                durable("Sunglasses", "SNG", (1_490, 17_900), &["SCR"]),
                durable("Beanie", "BNE", (890, 3_490), &["SCF"]),
            ],
        },
    ],
};
