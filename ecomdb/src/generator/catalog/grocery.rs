//! Food and Drink.

use super::department::{Department, Leaf, consumable};

pub(super) const DEPARTMENT: Department = Department {
    name: "Food and Drink",
    code: "FOD",
    description: "Pantry, drinks and sweets that keep.",
    brands: &["Fieldhand", "Golden Sheaf", "La Dispensa", "Old Quay", "Sunmill", "Verdano"],
    leaves: &[
        Leaf {
            name: "Coffee and Tea Pantry",
            description: "For the pot.",
            option: "size",
            variants: &["250 g", "500 g", "1 kg"],
            kinds: &[
                consumable("Coffee Beans", "COF", (590, 2_990), &["CFI", "BSC"]),
                consumable("Ground Coffee", "GCF", (490, 1_990), &["CFI"]),
                consumable("Loose Leaf Tea", "TEA", (390, 1_990), &["BSC", "HNY"]),
                consumable("Hot Chocolate", "HCH", (390, 1_290), &["BSC"]),
            ],
        },
        Leaf {
            name: "Pasta, Rice and Sauces",
            description: "Dinner in twenty minutes.",
            option: "size",
            variants: &["400 g", "500 g", "1 kg"],
            kinds: &[
                consumable("Pasta", "PST", (120, 590), &["PSC", "OLO"]),
                consumable("Pasta Sauce", "PSC", (190, 790), &["PST"]),
                consumable("Rice", "RIC", (190, 990), &["CRP"]),
                consumable("Curry Paste", "CRP", (290, 790), &["RIC", "CCM"]),
                consumable("Coconut Milk", "CCM", (150, 490), &["CRP"]),
                consumable("Olive Oil", "OLO", (590, 2_990), &["PST"]),
            ],
        },
        Leaf {
            name: "Sweets and Snacks",
            description: "Between meals.",
            option: "size",
            variants: &["100 g", "200 g", "400 g"],
            kinds: &[
                consumable("Dark Chocolate", "DCH", (190, 890), &["NTS"]),
                consumable("Biscuits", "BSC", (150, 690), &["TEA"]),
                consumable("Roasted Nuts", "NTS", (290, 1_290), &["DCH"]),
                consumable("Fruit Gums", "FGM", (120, 490), &["DCH"]),
                consumable("Honey", "HNY", (390, 1_990), &["TEA"]),
                consumable("Breakfast Granola", "GRN", (290, 990), &["HNY"]),
            ],
        },
    ],
};
