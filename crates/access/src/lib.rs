//! How this user reaches a git server: keys, known hosts, tokens, proxies and ssh and git configuration.
