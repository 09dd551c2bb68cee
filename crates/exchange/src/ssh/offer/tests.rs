use super::*;

fn types(names: &[&str]) -> KnownKeyTypes {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    KnownKeyTypes { all: names.clone(), host: names, ..KnownKeyTypes::default() }
}

fn offer(profile: Profile, known: &KnownKeyTypes) -> Offer {
    Offer::new(profile, known, &Wanted::default())
}

#[test]
fn the_arithmetic_gives_what_was_captured_of_flux() {
    let lists = [GO_KEX, "ssh-ed25519", GO_CIPHERS, GO_CIPHERS, GO_MACS, GO_MACS, "none", "none"];
    assert_eq!(kexinit_bytes(&lists), 752);
    assert_eq!(offer(Profile::Flux, &types(&["ssh-ed25519"])).client_flight_bytes, 764);
}

#[test]
fn our_flight_has_the_clients_size() {
    let known = [
        types(&[]),
        types(&["ssh-ed25519"]),
        types(&["ssh-rsa"]),
        types(&["ecdsa-sha2-nistp256", "ssh-ed25519"]),
        types(&["ecdsa-sha2-nistp256", "ssh-ed25519", "ssh-rsa"]),
    ];
    for known in known {
        for profile in [Profile::Flux, Profile::Openssh, Profile::Git] {
            let offer = offer(profile, &known);
            let ours = offer.ident.len() + LINE_END + packet_of(packet_payload(&offer.preferred));
            assert_eq!(ours, offer.client_flight_bytes, "{profile:?} {known:?}");
        }
    }
}

#[test]
fn the_clients_preference_comes_first() {
    let flux = offer(Profile::Flux, &types(&[])).preferred;
    assert_eq!((flux.kex[0], flux.cipher[0]), (kex::MLKEM768X25519_SHA256, cipher::AES_128_GCM));
    let openssh = offer(Profile::Openssh, &types(&["ssh-rsa"])).preferred;
    assert_eq!(openssh.key[0], Algorithm::Rsa { hash: Some(HashAlg::Sha512) });
    assert_eq!(openssh.cipher[0], cipher::CHACHA20_POLY1305);
}

#[test]
fn what_is_asked_for_changes_the_choice_and_not_the_size() {
    let known = KnownKeyTypes { authority: true, ..types(&["ssh-ed25519"]) };
    for profile in [Profile::Flux, Profile::Openssh] {
        let own = offer(profile, &known);
        for key_exchange in [KeyExchange::Classic, KeyExchange::MlKem] {
            let host_key_type = Some("rsa-sha2-512".to_owned());
            let other = Offer::new(profile, &known, &Wanted { key_exchange: Some(key_exchange), host_key_type });
            let size = other.ident.len() + LINE_END + packet_of(packet_payload(&other.preferred));
            assert_eq!(size, own.client_flight_bytes, "{profile:?} {key_exchange:?}");
            assert_eq!(other.preferred.key[0], Algorithm::Rsa { hash: Some(HashAlg::Sha512) });
            assert!(other.preferred.kex.contains(&kex::MLKEM768X25519_SHA256) == (key_exchange == KeyExchange::MlKem));
        }
    }
}

#[test]
fn certificates_are_asked_for_where_an_authority_is_known_and_never_as_flux() {
    let known = KnownKeyTypes { authority: true, ..types(&["ssh-ed25519"]) };
    assert_eq!(offer(Profile::Flux, &known).preferred.host_key_certificates.len(), 0);
    assert_eq!(offer(Profile::Openssh, &types(&["ssh-ed25519"])).preferred.host_key_certificates.len(), 0);
    let openssh = offer(Profile::Openssh, &known);
    assert_eq!(openssh.preferred.host_key_certificates.len(), OPENSSH_HOST_KEYS.len());
    let size = openssh.ident.len() + LINE_END + packet_of(packet_payload(&openssh.preferred));
    assert_eq!(size, OPENSSH_FLIGHT_BYTES);
}
