//! A user's sessions: their limit, listing them, and ending them.

use chrono::{TimeDelta, Utc};
use diesel::prelude::*;
use ecomdb::schema::{Moment, sessions};
use ecomdb::{Caller, Error, Forbidden, Role, Scope, Session, SessionId};

use crate::accounts::{INVALID, texts, who};
use crate::shop::{Shop, moment};

fn sessions(shop: &Shop, caller: &Caller) -> Vec<Session> {
    shop.on_behalf_of(caller).accounts().sessions().unwrap()
}

/// The id of the caller's session.
fn id(shop: &Shop, caller: &Caller) -> SessionId {
    sessions(shop, caller).into_iter().find(|session| session.current).unwrap().id
}

behaviours! {
    a_user_sees_its_own_sessions_and_which_of_them_it_is_using
    sessions_that_have_ended_are_not_listed
    a_user_ends_its_sessions_elsewhere_one_by_one_or_all_at_once
    a_caller_neither_sees_nor_ends_the_sessions_of_others
    the_51st_session_of_a_user_ends_the_one_that_was_not_used_for_the_longest_time
}

fn a_user_sees_its_own_sessions_and_which_of_them_it_is_using(shop: &Shop) {
    let (ada, bob) = (shop.member(Role::Customer), shop.member(Role::Admin));
    let (phone, here) = (who(shop, &shop.session_of(&ada)).unwrap(), who(shop, &shop.session_of(&ada)).unwrap());
    let of_bob = who(shop, &shop.session_of(&bob)).unwrap();
    let seen = sessions(shop, &here);
    let ids = |sessions: &[Session]| sessions.iter().map(|session| (session.id, session.current)).collect::<Vec<_>>();
    assert_eq!(ids(&seen), [(id(shop, &here), true), (id(shop, &phone), false)]);
    assert!(seen.iter().all(|session| session.expires_at - session.created_at == TimeDelta::days(7)), "{seen:?}");
    assert_eq!(ids(&sessions(shop, &of_bob)), [(id(shop, &of_bob), true)]);
}

fn sessions_that_have_ended_are_not_listed(shop: &Shop) {
    let ada = shop.member(Role::Customer);
    let (unused, expired) = (who(shop, &shop.session_of(&ada)).unwrap(), who(shop, &shop.session_of(&ada)).unwrap());
    let here = who(shop, &shop.session_of(&ada)).unwrap();
    let (unused, expired) = (id(shop, &unused), id(shop, &expired));
    let old = moment("2020-01-01T00:00:00Z");
    shop.write(move |tx| {
        diesel::update(sessions::table.find(unused)).set(sessions::last_used_at.eq(Moment::of(old))).execute(tx)?;
        diesel::update(sessions::table.find(expired)).set(sessions::expires_at.eq(Moment::of(old))).execute(tx)?;
        Ok(())
    })
    .unwrap();
    let listed: Vec<_> = sessions(shop, &here).iter().map(|session| session.id).collect();
    assert_eq!(listed, [id(shop, &here)]);
}

fn a_user_ends_its_sessions_elsewhere_one_by_one_or_all_at_once(shop: &Shop) {
    let (ada, bob) = (shop.member(Role::Customer), shop.member(Role::Customer));
    let tokens: Vec<_> = (0..4).map(|_| shop.session_of(&ada)).collect();
    let callers: Vec<_> = tokens.iter().map(|token| who(shop, token).unwrap()).collect();
    let of_bob = shop.session_of(&bob);
    let accounts = || shop.on_behalf_of(&callers[0]).accounts();
    accounts().end_session(id(shop, &callers[1])).unwrap();
    assert_eq!(who(shop, &tokens[1]).unwrap_err(), INVALID);
    assert_eq!(accounts().end_other_sessions().unwrap(), 2);
    for token in &tokens[2..] {
        assert_eq!(who(shop, token).unwrap_err(), INVALID);
    }
    assert_eq!(accounts().end_other_sessions().unwrap(), 0);
    assert!(who(shop, &tokens[0]).is_ok() && who(shop, &of_bob).is_ok());
    accounts().end_session(id(shop, &callers[0])).unwrap();
    assert_eq!(who(shop, &tokens[0]).unwrap_err(), INVALID, "the own one, too");
}

fn a_caller_neither_sees_nor_ends_the_sessions_of_others(shop: &Shop) {
    let (ada, admin) = (shop.member(Role::Customer), shop.member(Role::Admin));
    let of_ada = shop.session_of(&ada);
    let session = id(shop, &who(shop, &of_ada).unwrap());
    let as_admin = who(shop, &shop.session_of(&admin)).unwrap();
    assert!(shop.on_behalf_of(&as_admin).accounts().end_session(session).unwrap_err().is_not_found());
    assert_eq!(shop.on_behalf_of(&as_admin).accounts().end_other_sessions().unwrap(), 0);
    let program = who(shop, &shop.key_of(&ada, &[Scope::OrdersRead])).unwrap();
    let accounts = || shop.on_behalf_of(&program).accounts();
    let refusals =
        [accounts().sessions().map(drop), accounts().end_session(session), accounts().end_other_sessions().map(drop)];
    for refused in refusals {
        assert!(matches!(refused, Err(Error::Forbidden(Forbidden::Session))), "{refused:?}");
    }
    assert!(who(shop, &of_ada).is_ok());
    assert!(shop.accounts().sessions().is_err(), "the operator has none");
}

fn the_51st_session_of_a_user_ends_the_one_that_was_not_used_for_the_longest_time(shop: &Shop) {
    let (ada, bob) = (shop.member(Role::Customer), shop.member(Role::Customer));
    let (of_bob, unused) = (shop.session_of(&bob), shop.session_of(&ada));
    let (now, hour) = (Utc::now(), TimeDelta::hours(1));
    shop.write(move |tx| {
        diesel::update(sessions::table).set(sessions::last_used_at.eq(Moment::of(now - hour))).execute(tx)?;
        for n in 0..48 {
            let owner = (sessions::user_id.eq(ada.id), sessions::token_hash.eq(format!("hash {n}")));
            let used = (sessions::created_at.eq(Moment::of(now)), sessions::last_used_at.eq(Moment::of(now)));
            let session = (owner, used, sessions::expires_at.eq(Moment::of(now + hour)));
            diesel::insert_into(sessions::table).values(session).execute(tx)?;
        }
        Ok(())
    })
    .unwrap();
    let of_ada = || texts(shop, format!("SELECT token_hash AS words FROM sessions WHERE user_id = {}", ada.id));
    let fiftieth = shop.session_of(&ada);
    assert_eq!(of_ada().len(), 50);
    let latest = shop.session_of(&ada);
    assert_eq!(of_ada().len(), 50);
    assert_eq!(who(shop, &unused).unwrap_err(), INVALID);
    for token in [of_bob, fiftieth, latest] {
        assert!(who(shop, &token).is_ok());
    }
}
