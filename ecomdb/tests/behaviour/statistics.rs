behaviours! {
    fn what_the_database_does_can_be_watched(shop) {
        let before = shop.statistics().unwrap();
        let (ada, lamp) = (shop.user(), shop.product("10.00", 10));
        shop.paid_order(&ada, &[(lamp.id, 1)]);
        let after = shop.statistics().unwrap();
        assert!(after.writes >= before.writes + 3, "{after:?}");
        assert!(after.commits > before.commits && after.commits <= after.writes, "{after:?}");
        assert_eq!((before.waiting_sales, after.waiting_sales, after.waiting_writes), (0, 1, 0));
        assert!(after.idle_connections <= after.connections && after.connections <= after.max_connections, "{after:?}");

        shop.fold().unwrap();
        assert_eq!(shop.statistics().unwrap().waiting_sales, 0);
    }
}
