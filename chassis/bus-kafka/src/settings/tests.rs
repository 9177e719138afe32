#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

use super::*;

fn with_password(protocol: Protocol, mechanism: &str) -> Settings {
    let mut settings = Settings::new("a:9092", "shop", "order");
    settings.security = Security {
        protocol,
        mechanism: Some(mechanism.to_owned()),
        user: Some("jumun".to_owned()),
        password: Some(Password::new("open sesame")),
        ..Security::default()
    };
    settings
}

#[test]
fn a_password_is_handed_to_the_client_and_never_printed() {
    let settings = with_password(Protocol::SaslPlaintext, "PLAIN");
    assert_eq!(settings.client().get("sasl.password"), Some("open sesame"));
    assert!(!format!("{settings:?}").contains("sesame"));
}

#[test]
fn without_security_no_user_is_named() {
    let mut settings = with_password(Protocol::SaslPlaintext, "PLAIN");
    settings.security.protocol = Protocol::Plaintext;
    assert_eq!(settings.client().get("sasl.username"), None);
}

#[test]
#[cfg(not(feature = "tls"))]
fn what_is_not_compiled_in_is_named_with_its_remedy() {
    for (protocol, mechanism, what) in [
        (Protocol::Tls, "PLAIN", "security = \"tls\""),
        (Protocol::SaslTls, "PLAIN", "security = \"sasl_tls\""),
        (Protocol::SaslPlaintext, "SCRAM-SHA-512", "SCRAM"),
    ] {
        let refused = with_password(protocol, mechanism).security.check();
        let said = refused.unwrap_err().to_string();
        assert!(said.contains(what) && said.contains("kafka-tls"), "{said}");
    }
    let plain = with_password(Protocol::SaslPlaintext, "PLAIN");
    assert_eq!(plain.security.check(), Ok(()));
}

#[test]
fn each_protocol_is_called_as_the_configuration_calls_it() {
    for word in ["plaintext", "tls", "sasl_plaintext", "sasl_tls"] {
        assert_eq!(Protocol::called(word).unwrap().word(), word);
    }
    assert_eq!(Protocol::called("ssl"), None);
}

/// A key that the client does not know would be refused when the bus is started, by everybody.
#[test]
fn the_client_knows_all_that_it_is_told() {
    let settings = Settings::new("a:9092", "shop", "order");
    for config in [settings.producer(Some("1048588")), settings.member()] {
        assert!(config.create_native_config().is_ok());
    }
}
