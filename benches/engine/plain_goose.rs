//! The session flow as Goose's own documentation would have it written: `GooseUser::request` on
//! reqwest, replies read with quick-xml's serde into structs, metrics on.

use goose::config::GooseConfiguration;
use goose::goose::GooseMethod;
use goose::prelude::*;
use serde::Deserialize;

/// With it, the benchmark is this program.
pub(crate) const ARGUMENT: &str = "--plain-goose";

#[derive(Deserialize)]
struct Out {
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    ok: Option<Okay>,
}

#[derive(Deserialize)]
struct Okay {
    #[serde(rename = "@session")]
    session: Option<String>,
}

/// `URL USERS ITERATIONS`
#[tokio::main]
pub(crate) async fn attack(arguments: &[String]) {
    let [url, users, iterations] = arguments else { panic!("URL USERS ITERATIONS") };
    let mut configuration = GooseConfiguration::default();
    configuration.host = url.clone().into();
    configuration.users = Some(users.parse().expect("a number"));
    configuration.iterations = Some(iterations.parse().expect("a number"));
    configuration.increase_rate = Some("1000000".to_owned());
    configuration.no_telnet = true;
    configuration.no_print_metrics = true;
    configuration.quiet = 2;
    let checks = transaction!(check_session).set_name("sp_check_session");
    let mut scenario =
        scenario!("session").register_transaction(transaction!(login).set_name("sp_login"));
    for _ in 0..5 {
        scenario = scenario.register_transaction(checks.clone());
    }
    let scenario = scenario.register_transaction(transaction!(logout).set_name("sp_logout"));
    let attack = GooseAttack::initialize_with_config(configuration)
        .expect("a valid configuration")
        .register_scenario(scenario);
    let metrics = Box::pin(attack.execute()).await.expect("a run");
    let requests = metrics.requests.values();
    let (good, bad) =
        requests.fold((0, 0), |(good, bad), r| (good + r.success_count, bad + r.fail_count));
    assert_eq!(bad, 0, "failed requests");
    println!("all {good} exchanges ended as expected");
}

async fn login(user: &mut GooseUser) -> TransactionResult {
    let number = user.weighted_users_index;
    let attributes =
        format!("domain=\"gander.local\" login=\"user{number}\" password=\"password{number}\"");
    let ok = ask(user, "sp_login", &attributes).await?;
    user.set_session_data(ok.session.expect("a session"));
    Ok(())
}

async fn check_session(user: &mut GooseUser) -> TransactionResult {
    let number = user.weighted_users_index;
    let session = user.get_session_data_unchecked::<String>();
    let attributes =
        format!("domain=\"gander.local\" login=\"user{number}\" session=\"{session}\"");
    ask(user, "sp_check_session", &attributes).await.map(drop)
}

async fn logout(user: &mut GooseUser) -> TransactionResult {
    let session = user.get_session_data_unchecked::<String>();
    let attributes = format!("domain=\"gander.local\" session=\"{session}\"");
    ask(user, "sp_logout", &attributes).await.map(drop)
}

async fn ask(
    user: &mut GooseUser,
    command: &str,
    attributes: &str,
) -> Result<Okay, Box<TransactionError>> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<in\n    \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:noNamespaceSchemaLocation=\"{command}.xsd\">\n    <request {attributes} />\n</in>\n"
    );
    let builder = user
        .get_request_builder(&GooseMethod::Post, &format!("/commands/{command}"))?
        .header("Content-Type", "text/xml; charset=utf-8")
        .body(body);
    let request = GooseRequest::builder().name(command).set_request_builder(builder).build();
    let reply = user.request(request).await?;
    let text = reply.response?.text().await?;
    let out: Out = quick_xml::de::from_str(&text).expect("a reply");
    Ok(out.response.ok.expect("ok"))
}
