use ecomdb::{NewOrder, NewUser};

use crate::shop::{Shop, card};

behaviours! {
    what_the_database_does_can_be_watched
}

fn what_the_database_does_can_be_watched(shop: &Shop) {
    let handle = shop.handle();
    let before = handle.statistics().unwrap();
    let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
    for key in ["one", "two"] {
        handle.users().create(NewUser::new(&format!("{key}@example.com"), "Ada", "Lovelace").unwrap()).unwrap();
    }
    let order = NewOrder::builder(ada.id).item(lamp.id, 1).payment(card()).build().unwrap();
    handle.orders().place(order).unwrap();
    let after = handle.statistics().unwrap();
    assert!(after.writes >= before.writes + 3, "{after:?}");
    assert!(after.commits > before.commits && after.commits <= after.writes, "{after:?}");
    assert_eq!((before.waiting_sales, after.waiting_sales, after.waiting_writes), (0, 1, 0));
    assert!(after.idle_connections <= after.connections && after.connections <= after.max_connections, "{after:?}");

    handle.fold().unwrap();
    assert_eq!(handle.statistics().unwrap().waiting_sales, 0);
}
