//! Who is let in, by which door, and who is not.

use serde_json::json;

use super::house::{HEAD, House, TEACHER, ask, device, person};

#[tokio::test]
async fn a_code_lets_in_once() {
    let house = House::school().await;
    let code = house.code(TEACHER);
    let paired = ask(house.pair(&code, 1)).await.is_done();
    assert_eq!(paired["person"]["id"], json!(person(TEACHER)));
    assert_eq!(paired["school"]["name"], "Thistle School");
    ask(house.pair(&code, 2))
        .await
        .is_refused(403, "code_unknown");
}

#[tokio::test]
async fn a_code_does_not_let_in_for_long() {
    let house = House::school().await;
    let code = house.code(TEACHER);
    house.clock.pass_minutes(31);
    ask(house.pair(&code, 1))
        .await
        .is_refused(403, "code_unknown");
}

#[tokio::test]
async fn a_code_is_read_as_people_type_it() {
    let house = House::school().await;
    let code = house.code(TEACHER).to_lowercase().replace('-', " ");
    ask(house.pair(&code, 1)).await.is_done();
}

#[tokio::test]
async fn no_token_and_a_stale_token_are_asked_to_sign_in() {
    let house = House::school().await;
    let none = ask(house.post("/v1/sync", "{}")).await;
    none.is_refused(401, "sign_in_first");
    assert_eq!(none.header("www-authenticate"), "Bearer");
    ask(house.sync("0123456789abcdef", "{}"))
        .await
        .is_refused(401, "sign_in_first");
    ask(house.get("/v1/events").bearer_auth("0123456789abcdef"))
        .await
        .is_refused(401, "sign_in_first");
    ask(house.post("/rpc/walk_list", "{}"))
        .await
        .is_refused(401, "sign_in_first");
}

#[tokio::test]
async fn a_device_paired_anew_is_not_let_in_with_its_old_token() {
    let house = House::school().await;
    let old = house.token(TEACHER, 1).await;
    let new = house.token(TEACHER, 1).await;
    ask(house.sync(&old, "{}"))
        .await
        .is_refused(401, "sign_in_first");
    ask(house.sync(&new, "{}")).await.is_done();
}

#[tokio::test]
async fn a_browser_signs_in_with_a_code_and_out_again() {
    let house = House::school().await;
    let before = ask(house.post("/rpc/install_get", "{}")).await.is_done();
    assert_eq!(
        (&before["place"], &before["me"], &before["has_school"]),
        (&json!("hub"), &json!(null), &json!(true))
    );

    let join = json!({ "address": null, "code": house.code(TEACHER), "device": "A phone" });
    let joined = ask(house
        .post("/rpc/device_join", join.to_string())
        .header("origin", &house.url))
    .await;
    assert_eq!(joined.is_done()["me"]["name"], "Ben Teacher");
    let set = joined.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(
        !set.contains("Secure"),
        "a cookie that is Secure would not come back over plain HTTP: {set}"
    );
    let cookie = set.split(';').next().unwrap();

    let nothing = json!({});
    let here = ask(house.rpc(cookie, "install_get", &nothing))
        .await
        .is_done();
    assert_eq!(here["me"]["person"], json!(person(TEACHER)));
    let state = ask(house.rpc(cookie, "sync_get", &nothing)).await.is_done();
    assert_eq!(
        (&state["place"], &state["waiting"]),
        (&json!("hub"), &json!(0))
    );
    assert_eq!(state["received_at"], "2026-11-02T08:00:00.000Z");
    ask(house.rpc(cookie, "coming_list", &nothing))
        .await
        .is_done();

    let left = ask(house.rpc(cookie, "space_leave", &nothing)).await;
    assert_eq!(left.is_done()["me"], json!(null));
    assert!(left.header("set-cookie").contains("Max-Age=0"));
    ask(house.rpc(cookie, "coming_list", &nothing))
        .await
        .is_refused(401, "sign_in_first");
    let after = ask(house.rpc(cookie, "install_get", &nothing))
        .await
        .is_done();
    assert_eq!(after["me"], json!(null));
}

#[tokio::test]
async fn a_session_does_not_last_for_ever() {
    let house = House::school().await;
    let (cookie, token) = (house.cookie(TEACHER).await, house.token(TEACHER, 1).await);
    house.clock.pass_minutes(29 * 24 * 60);
    ask(house.rpc(&cookie, "coming_list", &json!({})))
        .await
        .is_done();
    house.clock.pass_minutes(2 * 24 * 60);
    ask(house.rpc(&cookie, "coming_list", &json!({})))
        .await
        .is_refused(401, "sign_in_first");
    ask(house.sync(&token, "{}")).await.is_done();
}

#[tokio::test]
async fn a_cookie_given_out_behind_tls_is_secure() {
    let house = House::school().await;
    let join = json!({ "address": null, "code": house.code(TEACHER), "device": "A phone" });
    let request = house
        .post("/rpc/device_join", join.to_string())
        .header("x-forwarded-proto", "https");
    assert!(ask(request).await.header("set-cookie").contains("; Secure"));
}

#[tokio::test]
async fn a_page_from_elsewhere_may_not_act_for_someone_who_is_signed_in() {
    let house = House::school().await;
    let cookie = house.cookie(HEAD).await;
    let command = || house.post("/rpc/walk_list", "{}").header("cookie", &cookie);
    ask(command().header("origin", "http://elsewhere.example"))
        .await
        .is_refused(403, "not_allowed");
    ask(command().header("origin", "null"))
        .await
        .is_refused(403, "not_allowed");
    ask(command().header("sec-fetch-site", "cross-site"))
        .await
        .is_refused(403, "not_allowed");
    ask(command().header("sec-fetch-site", "same-site"))
        .await
        .is_refused(403, "not_allowed");
    ask(command()).await.is_refused(403, "not_allowed");
    ask(command().header("origin", &house.url)).await.is_done();
    ask(command().header("sec-fetch-site", "same-origin"))
        .await
        .is_done();
}

#[tokio::test]
async fn a_page_from_elsewhere_may_not_sign_someone_in() {
    let house = House::school().await;
    let join = json!({ "address": null, "code": house.code(TEACHER), "device": "A phone" });
    let request = house
        .post("/rpc/device_join", join.to_string())
        .header("origin", "http://elsewhere.example");
    let refused = ask(request).await;
    refused.is_refused(403, "not_allowed");
    assert_eq!(refused.header("set-cookie"), "");
}

#[tokio::test]
async fn a_device_needs_no_page_for_its_commands() {
    let house = House::school().await;
    let token = house.token(HEAD, 1).await;
    let devices = ask(house.post("/rpc/device_list", "{}").bearer_auth(&token))
        .await
        .is_done();
    assert_eq!(devices["devices"][0]["device"], json!(device(1)));
    let teacher = house.token(TEACHER, 2).await;
    ask(house.post("/rpc/device_list", "{}").bearer_auth(&teacher))
        .await
        .is_refused(403, "not_allowed");
}

#[tokio::test]
async fn a_browser_cannot_sync_with_its_cookie() {
    let house = House::school().await;
    let cookie = house.cookie(TEACHER).await;
    let request = house
        .post("/v1/sync", "{}")
        .header("cookie", cookie)
        .header("origin", &house.url);
    ask(request).await.is_refused(401, "sign_in_first");
}

#[tokio::test]
async fn a_school_is_started_on_screen_with_the_code_the_hub_printed() {
    let house = House::empty().await;
    let start = |code: Option<&str>| {
        let request =
            json!({ "school": "Thistle School", "person": "Ida Head", "setup_code": code });
        house
            .post("/rpc/school_start", request.to_string())
            .header("origin", &house.url)
    };
    ask(start(None)).await.is_refused(400, "bad_request");
    ask(start(Some("ABCD-EFGH")))
        .await
        .is_refused(403, "code_unknown");
    let setup = house.hub.desk().setup_code().unwrap();
    let second = house.hub.desk().setup_code().unwrap();
    let started = ask(start(Some(&setup.code))).await;
    let install = started.is_done();
    assert_eq!(
        (&install["me"]["name"], &install["me"]["is_leader"]),
        (&json!("Ida Head"), &json!(true))
    );
    assert!(started.header("set-cookie").starts_with("alongside_"));
    ask(start(Some(&second.code)))
        .await
        .is_refused(409, "foreign_school");
}

#[tokio::test]
async fn commands_of_the_app_are_not_answered_in_a_browser() {
    let house = House::school().await;
    let cookie = house.cookie(TEACHER).await;
    let request = json!({ "address": "http://127.0.0.1:1", "code": "ABCD-EFGH" });
    ask(house.rpc(&cookie, "hub_connect", &request))
        .await
        .is_refused(400, "bad_request");
    let space = json!({ "space": person(TEACHER) });
    ask(house.rpc(&cookie, "space_choose", &space))
        .await
        .is_refused(400, "bad_request");
}

#[tokio::test]
async fn ready_made_sign_ins_are_closed_unless_the_hub_was_started_with_them() {
    let house = House::school().await;
    ask(house.get("/demo/leader"))
        .await
        .is_refused(404, "not_found");
}

#[tokio::test]
async fn ready_made_sign_ins_need_the_demo_school() {
    let folder = tempfile::tempdir().unwrap();
    let config = crate::Config {
        has_demo_sign_ins: true,
        ..crate::Config::new(folder.path())
    };
    let refused = crate::Hub::open(config).err().unwrap();
    assert!(refused.to_string().contains("demo school"), "{refused}");
}

#[tokio::test]
async fn ready_made_sign_ins_are_only_for_this_machine() {
    let house = House::school().await;
    let people = crate::demo::DemoPeople {
        observer: person(HEAD),
        teacher: person(TEACHER),
        leader: person(HEAD),
    };
    let mut writer = house.hub.desk().store().write().unwrap();
    let note = serde_json::to_string(&people).unwrap();
    writer
        .note_put(alongside_api::notes::DEMO, Some(&note))
        .unwrap();
    writer.commit().unwrap();

    // The same folder, once for all the world and once for this machine.
    let open = || {
        let mut config = crate::Config::new(house.folder.path());
        config.has_demo_sign_ins = true;
        crate::Hub::open(config).unwrap()
    };
    let everywhere = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = crate::serve(everywhere, open(), std::future::pending())
        .await
        .err()
        .unwrap();
    assert!(refused.to_string().contains("other machines"), "{refused}");

    let here = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", here.local_addr().unwrap());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let task = tokio::spawn(crate::serve(here, open(), async { drop(stopped.await) }));
    let signed_in = ask(house.client.get(format!("{url}/demo/teacher"))).await;
    assert_eq!((signed_in.status, signed_in.header("location")), (303, "/"));
    let cookie = signed_in
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let request = house
        .client
        .post(format!("{url}/rpc/install_get"))
        .header("cookie", &cookie);
    let request = request
        .header("origin", &url)
        .header("content-type", "application/json")
        .body("{}");
    assert_eq!(ask(request).await.is_done()["me"]["name"], "Ben Teacher");
    let again = ask(house
        .client
        .get(format!("{url}/demo/teacher"))
        .header("cookie", &cookie))
    .await;
    assert_eq!(
        (again.status, again.header("set-cookie")),
        (303, ""),
        "the session goes on"
    );
    ask(house.client.get(format!("{url}/demo/head")))
        .await
        .is_refused(404, "not_found");
    drop(stop);
    task.await.unwrap().unwrap();
}
