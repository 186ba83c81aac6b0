//! Whether a connection is encrypted and what of the server is verified: `sslmode` and
//! `sslrootcert` of its URL, with the meaning that libpq gives them.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use rustls_tokio_postgres::MakeRustlsConnect;

use super::{causes, message};

/// The parameters of a URL that are read here; postgres reads the others.
const MODE: &str = "sslmode";
const ROOTS: &str = "sslrootcert";
/// Instead of a file: the authorities that the system trusts.
const SYSTEM: &str = "system";

/// What `sslmode` asks for, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Mode {
    const ALL: [Mode; 6] = [
        Mode::Disable,
        Mode::Allow,
        Mode::Prefer,
        Mode::Require,
        Mode::VerifyCa,
        Mode::VerifyFull,
    ];

    fn name(self) -> &'static str {
        match self {
            Mode::Disable => "disable",
            Mode::Allow => "allow",
            Mode::Prefer => "prefer",
            Mode::Require => "require",
            Mode::VerifyCa => "verify-ca",
            Mode::VerifyFull => "verify-full",
        }
    }

    /// Connections that are tried one after the other.
    fn attempts(self) -> &'static [SslMode] {
        match self {
            Mode::Disable => &[SslMode::Disable],
            Mode::Allow => &[SslMode::Disable, SslMode::Require],
            Mode::Prefer => &[SslMode::Prefer, SslMode::Disable],
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => &[SslMode::Require],
        }
    }
}

/// Where the certificates of authorities come from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Roots {
    System,
    File(PathBuf),
}

/// What a URL asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tls {
    mode: Mode,
    roots: Option<Roots>,
}

impl Tls {
    /// Takes its parameters out of a URL, and gives the rest of it.
    ///
    /// # Errors
    /// A mode that there is not, or one too weak for the authorities of the system.
    pub(super) fn take(url: &str) -> Result<(Tls, String), String> {
        let Some((place, parameters)) = url.split_once('?') else {
            return Ok((Tls::new(None, None)?, url.to_owned()));
        };
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for parameter in parameters.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = || percent_decode_str(value).decode_utf8_lossy();
            match name {
                MODE => mode = Some(mode_named(&value())?),
                ROOTS => roots = Some(value().into_owned()),
                _ => rest.push(parameter),
            }
        }
        let rest = match &*rest {
            [] => place.to_owned(),
            rest => format!("{place}?{}", rest.join("&")),
        };
        Ok((Tls::new(mode, roots)?, rest))
    }

    fn new(mode: Option<Mode>, roots: Option<String>) -> Result<Tls, String> {
        let roots = roots.filter(|roots| !roots.is_empty());
        if roots.as_deref() != Some(SYSTEM) {
            return Ok(Tls {
                mode: mode.unwrap_or(Mode::Prefer),
                roots: roots.map(|file| Roots::File(file.into())),
            });
        }
        // Anyone can have a certificate of one of them.
        match mode.unwrap_or(Mode::VerifyFull) {
            Mode::VerifyFull => Ok(Tls {
                mode: Mode::VerifyFull,
                roots: Some(Roots::System),
            }),
            weak => Err(format!(
                "found `{MODE}={}` with `{ROOTS}={SYSTEM}`, expected `{MODE}={}`: each of these authorities certifies any server",
                weak.name(),
                Mode::VerifyFull.name()
            )),
        }
    }

    /// Connects as it asks for.
    ///
    /// # Errors
    /// What went wrong, of the first attempt where all fail.
    pub(super) fn connect(&self, config: &Config) -> Result<Client, String> {
        let mut config = config.clone();
        if self.mode == Mode::Disable || is_local(&config) {
            config.ssl_mode(SslMode::Disable);
            return config.connect(NoTls).map_err(|error| message(&error));
        }
        let client = self.client()?;
        let mut first = None;
        for attempt in self.mode.attempts() {
            config.ssl_mode(*attempt);
            let error = match config.connect(MakeRustlsConnect::new(client.clone())) {
                Ok(client) => return Ok(client),
                Err(error) => error,
            };
            let text = message(&error) + help(&error);
            let first = first.get_or_insert(text);
            // Another attempt reaches it no better.
            if is_unreachable(&error) {
                return Err(first.clone());
            }
        }
        Err(first.unwrap_or_default())
    }

    fn client(&self) -> Result<ClientConfig, String> {
        let provider = ring::default_provider();
        let verifier = Verifier {
            authorities: self.authorities()?,
            names: self.mode == Mode::VerifyFull,
            algorithms: provider.signature_verification_algorithms,
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        Ok(builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth())
    }

    /// The authorities by which a server is verified; `None` where it is not.
    fn authorities(&self) -> Result<Option<RootCertStore>, String> {
        if self.mode < Mode::Require {
            return Ok(None);
        }
        let mut store = RootCertStore::empty();
        let file = match &self.roots {
            Some(Roots::System) => {
                let found = rustls_native_certs::load_native_certs();
                store.add_parsable_certificates(found.certs);
                if store.is_empty() {
                    let why = found.errors.first().map(|error| format!(": {error}"));
                    return Err(format!(
                        "`{ROOTS}={SYSTEM}` found no certificate of an authority on this system{}; name a file instead",
                        why.unwrap_or_default()
                    ));
                }
                return Ok(Some(store));
            }
            Some(Roots::File(file)) => file.clone(),
            None => match usual() {
                Some(file) if file.exists() => file,
                _ if self.mode == Mode::Require => return Ok(None),
                _ => {
                    return Err(format!(
                        "`{MODE}={}` needs the certificate of an authority, and ~/.postgresql/root.crt is not there: name its file in the URL with `{ROOTS}=FILE`, or with `{ROOTS}={SYSTEM}` use those that the system trusts",
                        self.mode.name()
                    ));
                }
            },
        };
        let unread = |error: &dyn fmt::Display| format!("{ROOTS} {}: {error}", file.display());
        let certificates = CertificateDer::pem_file_iter(&file).map_err(|error| unread(&error))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unread(&error))?;
            store.add(certificate).map_err(|error| unread(&error))?;
        }
        if store.is_empty() {
            return Err(unread(&"found no certificate, expected PEM"));
        }
        Ok(Some(store))
    }
}

/// Whether it is reached by Unix sockets alone, on which servers encrypt nothing.
fn is_local(config: &Config) -> bool {
    let is_socket = |host: &Host| match host {
        Host::Tcp(_) => false,
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    let hosts = config.get_hosts();
    !hosts.is_empty() && hosts.iter().all(is_socket)
}

fn mode_named(name: &str) -> Result<Mode, String> {
    let found = Mode::ALL.into_iter().find(|mode| mode.name() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = Mode::ALL.into_iter().map(Mode::name).collect();
        format!(
            "found `{MODE}={name}`, expected one of {}",
            names.join(", ")
        )
    })
}

/// The file in which libpq looks for authorities.
fn usual() -> Option<PathBuf> {
    let home = std::env::home_dir()?;
    Some(home.join(".postgresql/root.crt"))
}

/// Whether no server answered at all.
fn is_unreachable(error: &postgres::Error) -> bool {
    causes(error).any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut)
    })
}

/// What to do where a certificate was refused.
fn help(error: &postgres::Error) -> &'static str {
    let refused = causes(error).find_map(|cause| {
        // An `io::Error` shows what it holds, and has the source of that.
        let held = cause.downcast_ref::<std::io::Error>();
        let held = held.and_then(|io| io.get_ref()?.downcast_ref::<Error>());
        match held.or_else(|| cause.downcast_ref()) {
            Some(Error::InvalidCertificate(why)) => Some(why),
            _ => None,
        }
    });
    match refused {
        Some(CertificateError::UnknownIssuer) => {
            "; name the file of the authority that certifies it with `sslrootcert=FILE` in the URL"
        }
        Some(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "; use a name that its certificate holds, or `sslmode=verify-ca`, which looks at none",
        _ => "",
    }
}

/// Verifies as much of a server as the mode asks for.
#[derive(Debug)]
struct Verifier {
    /// By which its certificate is verified; `None` where any will do.
    authorities: Option<RootCertStore>,
    /// Whether the certificate has to hold the name by which the server is reached.
    names: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(authorities) = &self.authorities {
            let certificate = ParsedCertificate::try_from(certificate)?;
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                authorities,
                between,
                now,
                self.algorithms.all,
            )?;
            if self.names {
                verify_server_name(&certificate, name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn takes(url: &str, mode: Mode, roots: Option<Roots>, rest: &str) {
        let (tls, left) = Tls::take(url).expect("it is right");
        assert_eq!((tls, &*left), (Tls { mode, roots }, rest), "{url}");
    }

    #[test]
    fn a_url_says_how_it_is_encrypted_and_by_whom_verified() {
        takes("postgres://a/b", Mode::Prefer, None, "postgres://a/b");
        takes(
            "postgres://a/b?sslmode=require",
            Mode::Require,
            None,
            "postgres://a/b",
        );
        takes(
            "postgres://a/b?user=me&sslmode=verify%2Dca&sslrootcert=%2Fmy%20ca.pem&connect_timeout=3",
            Mode::VerifyCa,
            Some(Roots::File("/my ca.pem".into())),
            "postgres://a/b?user=me&connect_timeout=3",
        );
        takes(
            "postgres://a/b?sslrootcert=system",
            Mode::VerifyFull,
            Some(Roots::System),
            "postgres://a/b",
        );
    }

    #[test]
    fn what_libpq_refuses_is_refused() {
        let refused = |url: &str| Tls::take(url).expect_err("it is wrong");
        assert_eq!(
            refused("postgres://a/b?sslmode=verify"),
            "found `sslmode=verify`, expected one of disable, allow, prefer, require, verify-ca, verify-full"
        );
        assert!(
            refused("postgres://a/b?sslrootcert=system&sslmode=verify-ca")
                .contains("expected `sslmode=verify-full`")
        );
    }
}
