//! Kitchen and Dining.

use super::department::{Department, Leaf, consumable, durable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Kitchen and Dining",
    code: "KIT",
    description: "Cooking, baking, coffee and the table.",
    brands: &["Brasero", "Cuivre", "Holm & Elm", "Padella", "Steinmark", "Tavola Nove"],
    leaves: &[
        Leaf {
            name: "Cookware",
            description: "Pots and pans.",
            option: "size",
            variants: &["20 cm", "24 cm", "28 cm", "30 cm"],
            kinds: &[
                durable("Frying Pan", "FPN", (1_990, 12_900), &["SPT", "LID"]),
                durable("Saucepan", "SPN", (1_490, 9_900), &["LID", "WSP"]),
                durable("Cast Iron Casserole", "CIC", (4_990, 29_900), &["OVG"]),
                durable("Wok", "WOK", (2_490, 11_900), &["SPT"]),
                durable("Glass Lid", "LID", (790, 2_990), &["FPN"]),
                durable("Roasting Tin", "RTN", (1_490, 6_990), &["OVG"]),
            ],
        },
        Leaf {
            name: "Kitchen Tools",
            description: "Small things used daily.",
            option: "material",
            variants: &["Steel", "Beech", "Silicone", "Black"],
            kinds: &[
                durable("Chef's Knife", "CKN", (2_490, 19_900), &["CBD", "KSH"]),
                durable("Cutting Board", "CBD", (990, 6_990), &["CKN"]),
                durable("Knife Sharpener", "KSH", (990, 5_990), &["CKN"]),
                consumable("Spatula", "SPT", (390, 1_990), &["FPN"]),
                consumable("Whisk", "WSP", (390, 1_790), &["MXB"]),
                durable("Mixing Bowl", "MXB", (790, 4_490), &["WSP"]),
                consumable("Oven Gloves", "OVG", (790, 2_490), &["RTN"]),
            ],
        },
        Leaf {
            name: "Coffee and Tea",
            description: "Beans to cup.",
            option: "colour",
            variants: &["Black", "Cream", "Copper", "Red"],
            kinds: &[
                durable("Espresso Machine", "ESM", (9_900, 99_900), &["CGR", "COF", "MFJ"]),
                durable("Coffee Grinder", "CGR", (2_990, 29_900), &["COF"]),
                durable("French Press", "FPR", (1_490, 6_990), &["COF", "CGR"]),
                consumable("Coffee Filters", "CFI", (290, 990), &["COF"]),
                durable("Milk Frothing Jug", "MFJ", (990, 3_990), &["ESM"]),
                durable("Teapot", "TPT", (1_490, 6_990), &["TEA", "MUG"]),
                durable("Electric Kettle", "EKT", (1_990, 11_900), &["TEA"]),
                consumable("Mug", "MUG", (490, 2_490), &["COF", "TEA"]),
            ],
        },
        Leaf {
            name: "Small Appliances",
            description: "Helpers with a plug.",
            option: "colour",
            variants: &["Black", "White", "Steel", "Mint"],
            kinds: &[
                durable("Stand Mixer", "SMX", (9_900, 59_900), &["MXB", "BKT"]),
                durable("Blender", "BLN", (2_990, 24_900), &["SMB"]),
                durable("Toaster", "TOA", (1_990, 12_900), &["EKT"]),
                durable("Air Fryer", "AFR", (4_990, 24_900), &["AFL"]),
                consumable("Air Fryer Liners", "AFL", (490, 1_490), &["AFR"]),
                consumable("Smoothie Bottle", "SMB", (690, 2_490), &["BLN"]),
                durable("Baking Tin", "BKT", (890, 3_490), &["SMX"]),
            ],
        },
    ],
};
