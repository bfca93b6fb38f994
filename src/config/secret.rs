//! Which values are secrets by the look of their names: they are redacted wherever they turn up.
//!
//! Judging by names errs on the side of hiding. What must stay visible to be of use (short words, switches) is
//! never taken for a secret, since redacting `1` or `true` everywhere would make the log unreadable.

use crate::model::server::Launch;

/// Words that make a name the name of a secret, wherever they stand in it.
const WORDS: [&str; 15] = [
    "token",
    "tokens",
    "secret",
    "secrets",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "credential",
    "credentials",
    "key",
    "keys",
    "authorization",
    "auth",
    "cookie",
];

/// Words that count only beside others: `PWD` alone is the working directory, `pat` and `sig` are in many names.
const WORDS_BESIDE_OTHERS: [&str; 4] = ["pwd", "pass", "pat", "sig"];

/// Endings of words that people write without a separator.
const ENDINGS: [&str; 6] = ["token", "secret", "password", "apikey", "accesskey", "passwd"];

/// A name that ends so is about a secret but not one.
const NOT_ITSELF: [&str; 10] =
    ["file", "path", "dir", "directory", "name", "ttl", "timeout", "limit", "count", "algorithm"];

/// Below this many bytes a value is more likely a switch than a secret.
const SHORTEST: usize = 4;

/// Whether a header, an environment variable, an option or a parameter of this name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else {
        return false;
    };
    if NOT_ITSELF.contains(&last.as_str()) || words.iter().any(|word| word == "max") {
        return false;
    }
    words.iter().any(|word| {
        WORDS.contains(&word.as_str())
            || ENDINGS.iter().any(|ending| word.ends_with(ending))
            || (words.len() > 1 && WORDS_BESIDE_OTHERS.contains(&word.as_str()))
    })
}

/// The words of `GITHUB_TOKEN`, `x-api-key`, `clientSecret`, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut after_lower = false;
    let mut inside = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            inside = false;
            continue;
        }
        if !inside || (after_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        inside = true;
        after_lower = c.is_lowercase();
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// Adds every value of `launch` that is a secret by its name to `secrets`.
pub(crate) fn collect(launch: &Launch, secrets: &mut Vec<String>) {
    match launch {
        Launch::Stdio { args, env, .. } => {
            for (name, value) in env {
                push_named(secrets, name, value);
            }
            let mut expected = false;
            for arg in args {
                if expected && !arg.starts_with('-') {
                    push(secrets, arg);
                }
                expected = false;
                // `--api-key=…`, `--api-key …`, and docker's `-e API_KEY=…`.
                match arg.split_once('=') {
                    Some((name, value)) => push_named(secrets, name, value),
                    None => expected = arg.starts_with('-') && is_secret_name(arg),
                }
                collect_url(arg, secrets);
            }
        }
        Launch::Http { url, headers, .. } => {
            for (name, value) in headers {
                push_named(secrets, name, value);
            }
            collect_url(url, secrets);
        }
    }
}

/// The password and the secret parameters of a URL.
fn collect_url(url: &str, secrets: &mut Vec<String>) {
    let Some((_, rest)) = url.split_once("://") else {
        return;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if let Some((user, _)) = authority.rsplit_once('@') {
        push(secrets, user.split_once(':').map_or(user, |(_, password)| password));
    }
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    for parameter in query.split('&') {
        if let Some((name, value)) = parameter.split_once('=') {
            push_named(secrets, name, value);
        }
    }
}

fn push_named(secrets: &mut Vec<String>, name: &str, value: &str) {
    if is_secret_name(name) {
        // `Bearer abc`: the scheme is no secret, and `abc` may turn up without it.
        let scheme_and_token = value.split_once(' ');
        let token = scheme_and_token
            .filter(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_alphabetic()))
            .map_or(value, |(_, token)| token);
        push(secrets, token);
    }
}

/// Adds a value unless it is there, or is a switch rather than a secret.
pub(crate) fn push(secrets: &mut Vec<String>, value: &str) {
    let value = value.trim();
    let switch = ["true", "false", "none", "null", "auto"];
    if value.len() >= SHORTEST
        && !switch.contains(&value.to_lowercase().as_str())
        && !secrets.iter().any(|known| known == value)
    {
        secrets.push(value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::server::HttpKind;

    #[test]
    fn names_tell() {
        for name in [
            "GITHUB_TOKEN",
            "API_KEY",
            "apiKey",
            "x-api-key",
            "Authorization",
            "Proxy-Authorization",
            "CLIENT_SECRET",
            "clientSecret",
            "DB_PASSWORD",
            "DB_PWD",
            "GITHUB_PAT",
            "APIKEY",
            "authtoken",
            "AWS_ACCESS_KEY_ID",
            "--api-key",
            "Cookie",
            "NPM_AUTH",
            "access_token",
            "SSH_PASSPHRASE",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "PATH",
            "PWD",
            "HOME",
            "MAX_TOKENS",
            "KEY_FILE",
            "TOKEN_PATH",
            "Accept",
            "PORT",
            "",
            "DEBUG",
            "MONKEYS",
            "AUTHOR",
            "X-Request-Id",
            "SECRET_NAME",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn finds_the_values() {
        let stdio = |args: &[&str], env: &[(&str, &str)]| Launch::Stdio {
            command: "x".into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            env: env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            cwd: None,
        };
        let http = |url: &str, header: (&str, &str)| Launch::Http {
            url: url.into(),
            headers: vec![(header.0.into(), header.1.into())],
            kind: HttpKind::Auto,
        };
        for (launch, expected) in [
            (
                stdio(&["--api-key=abcd1", "--port=8080"], &[("A_TOKEN", "abcd2"), ("PORT", "8080")]),
                vec!["abcd2", "abcd1"],
            ),
            (stdio(&["--token", "abcd3", "--key", "--verbose"], &[]), vec!["abcd3"]),
            (stdio(&["-e", "X_TOKEN=abcd4", "postgres://u:abcd5@h/db"], &[]), vec!["abcd4", "abcd5"]),
            (stdio(&[], &[("USE_TOKEN", "true"), ("B_TOKEN", "1")]), vec![]),
            (http("https://h/mcp?api_key=abcd6&x=1234#f", ("Authorization", "Bearer abcd7")), vec!["abcd7", "abcd6"]),
            (http("https://u:abcd8@h/", ("X-Trace", "abcd9")), vec!["abcd8"]),
        ] {
            let mut secrets = Vec::new();
            collect(&launch, &mut secrets);
            assert_eq!(secrets, expected, "{launch:?}");
        }
    }
}
